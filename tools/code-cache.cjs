// Runs the built command on standard input, as people mostly do, and keeps what V8 compiled on the way: see docs/decisions/start-up.md.

const { writeFileSync } = require('node:fs');
const { join, resolve } = require('node:path');

const root = resolve(__dirname, '..');
const { version, platform, arch } = process;

process.argv.splice(1, Infinity, 'seal', '--cert', join(__dirname, 'sample.crt'));
const script = require('../dist/seal.cjs');

process.on('exit', (code) => {
  if (code !== 0) return;
  writeFileSync(join(root, 'dist', `command-${version}-${platform}-${arch}.cache`), script.createCachedData());
});
