// `seal completion SHELL`: prints what makes a shell complete `seal`, and answers the shell when it asks.

import { UsageError } from '../../src/errors.ts';
import { type Call, command } from '../command.ts';
import type { Completion } from '../completion.ts';
import { completionScripts, type Shell, shells } from '../completion-scripts.ts';
import { choice, hidden } from '../options.ts';

const options = {
  for: hidden(
    choice('--for <shell>', [...shells, 'kubectl'], 'complete the words after --, the last of which is begun'),
  ),
} as const;

/** The words come from the table of commands, each time they are asked for: a newer `seal` needs no newer script. */
export const completion = command({
  name: 'completion',
  summary: 'print what makes a shell complete seal',
  description: `Prints a script for bash, zsh or fish. With it the shell completes commands, options and their values, files, the clusters of .sealwright.yaml
and the items of sealed files. kubectl completes "kubectl seal" by itself, where kubectl_complete-seal is on the PATH.`,
  arguments: { name: '<shell> [word...]', help: 'bash, zsh or fish' },
  options,
  examples: [
    { does: 'complete in this bash', run: 'source <(seal completion bash)' },
    { does: 'complete in every zsh whose fpath has ~/.zfunc', run: 'seal completion zsh > ~/.zfunc/_seal' },
    { does: 'complete in every fish', run: 'seal completion fish > ~/.config/fish/completions/seal.fish' },
  ],
  run,
});

async function run({ options: given, args, context }: Call<typeof options>): Promise<void> {
  const { out } = context.streams;
  if (given.for) {
    const { complete } = await import('../completion.ts');
    const offered = await complete(args, context);
    return out.write(given.for === 'kubectl' ? forKubectl(offered) : forShell(offered));
  }
  const [shell, ...others] = args;
  if (!isShell(shell) || others.length > 0) {
    throw new UsageError(shell === undefined ? 'no shell is named' : `there is no completion for ${args.join(' ')}`, {
      hint: 'seal completion bash, zsh or fish',
    });
  }
  out.write(completionScripts[shell]);
}

const isShell = (word: string | undefined): word is Shell => shells.some((shell) => shell === word);

/** A line for each word, its help behind a tab; first `:files`, `:folders` or `:none`. */
function forShell({ candidates, paths }: Completion): string {
  return [`:${paths}`, ...candidates.map(({ word, help }) => `${word}\t${help}`)].map((line) => `${line}\n`).join('');
}

/** Bits of Cobra's directives: no files, folders only. */
const directives = { none: 4, files: 0, folders: 16 } as const;

/** As programs that use Cobra answer: lines as above, and at last the directive. */
function forKubectl({ candidates, paths }: Completion): string {
  return [...candidates.map(({ word, help }) => `${word}\t${help}`), `:${directives[paths]}`, ''].join('\n');
}
