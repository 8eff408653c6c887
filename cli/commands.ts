// The table of commands: their names, one line each, and how each is loaded when it is called.

import type { Command } from './command.ts';

/** One row of the table. `load` costs nothing until it is called. */
export interface CommandEntry {
  summary: string;
  /** Ends by itself, in its own order, when the signal aborts. Default: false, it is cut off. */
  stopsItself?: boolean;
  load(): Promise<Command>;
}

/** Every command by name, in the order of `seal --help`. `seal` is also what runs when no command is named. */
export const commands: Readonly<Record<string, CommandEntry>> = {
  seal: {
    summary: 'seal plain Secrets: the default command',
    load: async () => (await import('./commands/seal.ts')).seal,
  },
  init: {
    summary: 'set up a repository: rules, certificates, hook, diffs, CI',
    load: async () => (await import('./commands/init.ts')).init,
  },
  create: {
    summary: 'make a sealed manifest without a plain one',
    load: async () => (await import('./commands/create.ts')).create,
  },
  set: {
    summary: 'seal values into a SealedSecret that is there',
    load: async () => (await import('./commands/set.ts')).set,
  },
  unset: {
    summary: 'remove items of a SealedSecret',
    load: async () => (await import('./commands/unset.ts')).unset,
  },
  edit: {
    summary: 'edit the items of a SealedSecret',
    stopsItself: true,
    load: async () => (await import('./commands/edit.ts')).edit,
  },
  check: {
    summary: 'check the sealed files of a repository, offline',
    load: async () => (await import('./commands/check.ts')).check,
  },
  promote: {
    summary: 'seal for one environment what another has',
    load: async () => (await import('./commands/promote.ts')).promote,
  },
  matrix: {
    summary: 'show which items exist in which environment',
    load: async () => (await import('./commands/matrix.ts')).matrix,
  },
  cert: {
    summary: 'print the certificate that secrets are sealed with',
    load: async () => (await import('./commands/cert.ts')).cert,
  },
  status: {
    summary: 'tell how everything stands in the cluster',
    load: async () => (await import('./commands/status.ts')).status,
  },
  why: {
    summary: 'say what is wrong with an object, and what mends it',
    load: async () => (await import('./commands/why.ts')).why,
  },
  wait: {
    summary: 'wait until objects are ready',
    load: async () => (await import('./commands/wait.ts')).wait,
  },
  adopt: {
    summary: 'make a sealed manifest of a live Secret',
    load: async () => (await import('./commands/adopt.ts')).adopt,
  },
  verify: {
    summary: 'ask the cluster which sealed values open',
    load: async () => (await import('./commands/verify.ts')).verify,
  },
  reseal: {
    summary: 'bring sealed values to the newest certificate',
    load: async () => (await import('./commands/reseal.ts')).reseal,
  },
  scan: {
    summary: 'find plain secrets that should not be in Git',
    load: async () => (await import('./commands/scan.ts')).scan,
  },
  unseal: {
    summary: 'open SealedSecrets offline, with private keys',
    load: async () => (await import('./commands/unseal.ts')).unseal,
  },
  kubeseal: {
    summary: 'the reference command line, for existing scripts',
    load: async () => (await import('./commands/kubeseal.ts')).kubeseal,
  },
  completion: {
    summary: 'print what makes a shell complete seal',
    load: async () => (await import('./commands/completion.ts')).completion,
  },
  textconv: {
    summary: 'show a manifest to git diff, without values',
    load: async () => (await import('./commands/textconv.ts')).textconv,
  },
  'merge-driver': {
    summary: 'merge sealed files item by item, for git merge',
    load: async () => (await import('./commands/merge-driver.ts')).mergeDriver,
  },
  controller: {
    summary: 'run the controller that makes Secrets in the cluster',
    stopsItself: true,
    load: async () => (await import('./commands/controller.ts')).controller,
  },
  dev: {
    summary: 'run an embedded cluster and the controller on this machine',
    stopsItself: true,
    load: async () => (await import('./commands/dev.ts')).dev,
  },
  demo: {
    summary: 'tell the whole story in one run, every step verified',
    stopsItself: true,
    load: async () => (await import('./commands/demo.ts')).demo,
  },
};
