// Running the user's editor: it has the terminal while it runs, and its failure is ours.

import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { SealError } from '../src/errors.ts';
import type { EditorRun } from './context.ts';

/** Of the process, what an editor inherits. */
export interface EditorSurroundings {
  cwd: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Standard input is a terminal; otherwise the terminal is opened by its name, where there is one. */
  isTTY: boolean;
  signal: AbortSignal;
}

/** Throws `SealError`: `EDITOR_FAILED` where it cannot be started or ends badly, `INTERRUPTED` where a signal ended it. */
export async function runEditor({ command, path, onSignal }: EditorRun, around: EditorSurroundings): Promise<void> {
  const { cwd, env, isTTY, signal } = around;
  const terminal = isTTY ? undefined : openTerminal();
  try {
    // As Git does: the command may carry arguments, and the path is never read by the shell.
    const child = spawn('/bin/sh', ['-c', `${inPlaceOfShell(command)} "$@"`, command, path], {
      cwd,
      env: { ...env },
      stdio: [terminal ?? 'inherit', 'inherit', 'inherit'],
    });
    let asked = 0;
    onSignal((name) => {
      if (name !== 'SIGINT') child.kill(asked++ === 0 ? name : 'SIGKILL');
    });
    const { code, by } = await new Promise<{ code: number | null; by: string | null }>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (ended, killedBy) => resolve({ code: ended, by: killedBy }));
    }).catch((cause) => {
      throw new SealError('EDITOR_FAILED', 'the editor cannot be started', {
        hint: 'choose another with VISUAL or EDITOR',
        cause,
      });
    });
    if (signal.aborted || by !== null || code === interruptedCode) throw new SealError('INTERRUPTED', 'interrupted');
    if (code !== 0) throw failed(command, code);
  } finally {
    onSignal(() => undefined);
    if (terminal !== undefined) closeSync(terminal);
  }
}

// A shell that waits would be ended by an interrupt that the editor takes for something else.
function inPlaceOfShell(command: string): string {
  return /^(?!exec\s)[^\s=]+(?:\s[^|&;<>()]*)?$/.test(command) ? `exec ${command}` : command;
}

/** What a shell says of a program that an interrupt ended. */
const interruptedCode = 130;
const notFound = 127;

function failed(command: string, code: number | null): SealError {
  const [program = command] = command.split(' ', 1);
  return new SealError('EDITOR_FAILED', `the editor (${program}) ended with ${code}; nothing was changed`, {
    hint:
      code === notFound
        ? 'it is not installed; choose another with VISUAL or EDITOR'
        : 'leave it without an error to seal what was saved',
  });
}

function openTerminal(): number | undefined {
  try {
    return openSync('/dev/tty', 'r');
  } catch {
    return undefined;
  }
}
