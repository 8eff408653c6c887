#!/usr/bin/env node
// What people start: runs the command in the form that V8 made of it at the build. Why: docs/decisions/start-up.md.

const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { Script } = require('node:vm');

const filename = join(__dirname, 'command.cjs');
// biome-ignore lint/style/noRestrictedGlobals: told apart before there is a program that could be given anything
const { version, platform, arch } = process;

// V8 itself refuses what another version or other flags have made, but it does not look at the processor.
function codeCache() {
  try {
    return readFileSync(join(__dirname, `command-${version}-${platform}-${arch}.cache`));
  } catch {
    return undefined;
  }
}

// The bundle is one function expression, in ASCII. It takes what belongs to this file, which a script has not of itself.
const script = new Script(readFileSync(filename, 'latin1'), { filename, cachedData: codeCache() });
script.runInThisContext()(require, (path) => import(path), __dirname);

// The build asks for the cache once the program has run.
module.exports = script;
