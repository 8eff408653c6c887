// Text scripts: a story told in commands and what they print, with its files at the end.
//
//   # words for the reader
//   $ seal --cert certs/rsa2048.crt < db.yaml | seal unseal --private-key keys/rsa2048-pkcs8.key > open.yaml
//   > a line of standard output        … in it stands for anything, a line ... for any number of lines
//   ! a line of standard error
//   = 1                                the exit code, 0 when not told
//   $ cat open.yaml
//   $ seal status --watch
//   ^ ready                            interrupted as soon as it has printed this
//   @ cluster                          before the first command: there is a cluster, with the controller and a kubectl of a few words
//   @ cluster with keys old and newest the same without kubectl: its controller can be asked, and these files are in the folder
//   -- db.yaml --
//   the content of a file, up to the next such line

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { runEditor } from '../../cli/editor.ts';
import type { CallOptions, Folder, Outcome } from './harness.ts';

interface Step {
  line: number;
  command: string;
  stdout: string[];
  stderr: string[];
  code: number;
  /** What is printed when it is interrupted. */
  until?: RegExp;
}

// As they stand behind the mark.
const clusters = ['cluster', 'cluster with keys old and newest'] as const;

export interface Script {
  cluster: (typeof clusters)[number] | undefined;
  steps: Step[];
  files: Map<string, string>;
}

export function parseScript(text: string): Script {
  const [head = '', ...parts] = text.split(/^-- (.+) --\n/m);
  const files = new Map<string, string>();
  for (let at = 0; at < parts.length; at += 2) files.set(parts[at] ?? '', parts[at + 1] ?? '');
  const steps: Step[] = [];
  let cluster: Script['cluster'];
  for (const [index, line] of head.split('\n').entries()) {
    const [mark, rest] = [line.slice(0, 2).trimEnd(), line.slice(2)];
    const step = steps.at(-1);
    if (mark === '' || mark === '#') continue;
    const wanted = clusters.find((one) => one === rest);
    if (mark === '@' && wanted) cluster = wanted;
    else if (mark === '$') steps.push({ line: index + 1, command: rest, stdout: [], stderr: [], code: 0 });
    else if (mark === '>' && step) step.stdout.push(rest);
    else if (mark === '!' && step) step.stderr.push(rest);
    else if (mark === '^' && step) step.until = new RegExp(escaped(rest).replaceAll('…', '.*'));
    else if (mark === '=' && step) step.code = Number(rest);
    else throw new Error(`line ${index + 1} is no part of a script: ${line}`);
  }
  return { cluster, steps, files };
}

/** Where a script is played. */
export interface Stage {
  folder: Folder;
  /** For every call of `seal`. */
  options?: CallOptions;
  kubectl?: (argv: readonly string[]) => Promise<Outcome>;
}

/** Plays a script in a folder and checks every step. */
export async function play({ steps, files }: Script, stage: Stage): Promise<void> {
  const { folder } = stage;
  for (const [name, content] of files) {
    mkdirSync(dirname(join(folder.path, name)), { recursive: true });
    writeFileSync(join(folder.path, name), content);
  }
  for (const step of steps) {
    const { code, stdout, stderr } = await perform(step, stage);
    const context = `line ${step.line}: $ ${step.command}\n${stdout}${stderr}`;
    expect(code, context).toBe(step.code);
    expect(stdout, context).toMatch(patternOf(step.stdout));
    expect(stderr, context).toMatch(patternOf(step.stderr));
  }
}

const escaped = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

function patternOf(lines: readonly string[]): RegExp {
  const parts = lines.map((line) => (line === '...' ? '(?:.*\n)*' : `${line.split('…').map(escaped).join('.*')}\n`));
  return new RegExp(`^${parts.join('')}$`);
}

/** `a < in | b > out`: the parts of a pipeline one after another. Variables may stand before a command. */
async function perform({ command, until }: Step, stage: Stage): Promise<Outcome> {
  let last: Outcome = { code: 0, stdout: '', stderr: '' };
  let stderr = '';
  for (const part of command.split(' | ')) {
    const { words, input, output } = parsePart(part);
    const stdin = input === undefined ? last.stdout : readFileSync(join(stage.folder.path, input));
    last = await performPart(words, stdin, { ...stage, options: { ...stage.options, ...interruption(until) } });
    stderr += last.stderr;
    if (output !== undefined) {
      writeFileSync(join(stage.folder.path, output), last.stdout);
      last.stdout = '';
    }
    if (last.code !== 0) break;
  }
  return { ...last, stderr };
}

function interruption(until: RegExp | undefined): CallOptions {
  if (!until) return {};
  const interrupted = new AbortController();
  let text = '';
  const onWrite = (written: string) => {
    text += written;
    if (until.test(text)) interrupted.abort();
  };
  return { signal: interrupted.signal, onWrite };
}

function parsePart(part: string): { words: string[]; input?: string; output?: string } {
  const words = [...part.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) =>
    word.replace(/'([^']*)'|"([^"]*)"/g, (_, single, double) => single ?? double),
  );
  const take = (mark: string) => {
    const at = words.indexOf(mark);
    return at === -1 ? undefined : words.splice(at, 2)[1];
  };
  const [input, output] = [take('<'), take('>')];
  return { words, ...(input !== undefined && { input }), ...(output !== undefined && { output }) };
}

/** A real editor, such as `sed -i`, that needs no terminal. */
function surroundings({ path: cwd }: Folder) {
  return { cwd, env: { PATH: process.env.PATH }, isTTY: true, signal: new AbortController().signal };
}

async function performPart(words: readonly string[], stdin: string | Uint8Array, stage: Stage): Promise<Outcome> {
  const { folder, options, kubectl } = stage;
  const at = words.findIndex((word) => !/^[A-Z_]+=/.test(word));
  const env = Object.fromEntries(
    words.slice(0, at).map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]),
  );
  const [program, ...argv] = words.slice(at);
  if (program === 'seal')
    return folder.seal(argv, {
      ...options,
      stdin,
      env: { ...options?.env, ...env },
      editor: (run) => runEditor(run, surroundings(folder)),
    });
  if (program === 'kubectl' && kubectl) return kubectl(argv);
  if (program === 'cat')
    return { code: 0, stdout: argv.map((name) => readFileSync(join(folder.path, name), 'utf8')).join(''), stderr: '' };
  if (program === 'git') {
    const { code, stdout, stderr } = await folder.run('git', argv, { env });
    return { code, stdout: new TextDecoder().decode(stdout), stderr };
  }
  if (program === 'printf') return { code: 0, stdout: argv[0] ?? '', stderr: '' };
  throw new Error(`scripts know no program ${program}`);
}
