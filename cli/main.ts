// The program: gives the real process to `run` and takes its exit code. The only file that touches `process`.
// biome-ignore-all lint/style/noRestrictedGlobals: this is the file

import { systemClock } from '../src/kube/system-clock.ts';
import { contextOf, type SignalListener } from './context.ts';
import { run } from './run.ts';

/** Signals that interrupt, and the exit codes that say so: 128 and the signal's number. */
const signals = { SIGINT: 130, SIGTERM: 143 } as const;
const interruption = new AbortController();
let interruptedWith: number = signals.SIGINT;

function interrupt(signal: keyof typeof signals): void {
  // Asked twice: do not wait for anything any more.
  if (interruption.signal.aborted) {
    context.files.discardAll();
    process.exit(signals[signal]);
  }
  interruptedWith = signals[signal];
  interruption.abort(new Error('interrupted'));
}

function listen(): void {
  for (const signal of Object.keys(signals)) process.on(signal, interrupt);
}

/** Hanging up too: only where something must not be left behind, since a listener would undo what `nohup` asks for. */
const endings = { ...signals, SIGHUP: 129 } as const;

async function attended<T>(work: (onSignal: (listener: SignalListener) => void) => Promise<T>): Promise<T> {
  let listener: SignalListener = () => undefined;
  const hear = (signal: keyof typeof endings) => {
    // The terminal's interrupt belongs to the program that has the terminal now.
    if (signal !== 'SIGINT') {
      interruptedWith = endings[signal];
      interruption.abort(new Error('interrupted'));
    }
    listener(signal);
  };
  stopListening();
  for (const signal of Object.keys(endings)) process.on(signal, hear);
  try {
    return await work((next) => {
      listener = next;
    });
  } finally {
    for (const signal of Object.keys(endings)) process.off(signal, hear);
    listen();
  }
}

// Without listeners a signal ends the process at once.
function stopListening(): void {
  for (const signal of Object.keys(signals)) process.off(signal, interrupt);
}

function killGroup(id: number): void {
  try {
    process.kill(-id, 'SIGKILL');
  } catch {
    // It has ended by itself; and on Windows there are no groups.
  }
}

// Later versions lack some of its flags, and say so aloud.
const isV8OfNode20 = process.versions.v8.startsWith('11.');

function setV8Flag(flag: string): void {
  process.getBuiltinModule('node:v8').setFlagsFromString(flag);
}

// Seven times as much is run before it is optimised.
function restrainCompiler(): void {
  if (isV8OfNode20) setV8Flag('--interrupt-budget=1000000');
}

const { gc } = globalThis;

// Node 20's gives empty pages back by itself, and is told to empty them. Later ones keep them until a collection of last resort.
function collectorOf(collect: NodeJS.GCFunction): (() => void) | undefined {
  if (!isV8OfNode20) return () => collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  setV8Flag('--compact-on-every-full-gc');
  return undefined;
}

const context = contextOf({
  argv: process.argv.slice(2),
  env: process.env,
  cwd: process.cwd(),
  fetch: (url, init) => fetch(url, init),
  clock: systemClock,
  jitter: Math.random,
  restrainCompiler,
  signal: interruption.signal,
  collect: gc && collectorOf(gc),
  terminals: {
    isTerminal: (descriptor) => process.getBuiltinModule('node:tty').isatty(descriptor),
    size: (descriptor) => (descriptor === 1 ? process.stdout : process.stderr),
    input: () => process.stdin,
  },
  async uninterrupted(work) {
    stopListening();
    return work().finally(listen);
  },
  attended,
  killGroup,
  dialogue: () => ({ input: process.stdin, output: process.stderr }),
});

async function main(): Promise<void> {
  listen();
  const code = await run(context);
  stopListening();
  if (!interruption.signal.aborted) process.exitCode = code;
  // Whatever was cut off may still hold sockets and timers.
  else process.exit(code === signals.SIGINT ? interruptedWith : code);
}

void main();
