// `seal verify`: which sealed values the cluster can open, item by item.

import { SealError } from '../../src/errors.ts';
import { clusterOptions, controllerOptions } from '../cluster.ts';
import { type Call, command } from '../command.ts';
import { Found } from '../exit.ts';
import { jsonDocument } from '../json.ts';
import { oneLine } from '../one-line.ts';
import { flag } from '../options.ts';
import { sealedTreeOptions } from '../shared-options.ts';
import { note } from '../ui.ts';
import type { Verified } from '../verifying.ts';

const options = {
  ...sealedTreeOptions,
  json: flag('--json', 'print the answers as one JSON document'),
  ...controllerOptions,
  ...clusterOptions,
} as const;

/** Nothing but sealed values and what they are bound to is sent; no template, no label. */
export const verify = command({
  name: 'verify',
  summary: 'ask the cluster which sealed values open',
  description: `Asks the controller of the cluster which items open, and prints yes or no for each. The cluster of a file is that of its rule, else the one kubectl uses.
Exit code 3 when some do not open, 4 when the cluster cannot be reached. A controller of Sealed Secrets is asked about one SealedSecret at a time.

With --json: {"results": [{file, line, namespace, name, items: {ITEM: true or false}}]}; namespace is left out where there is none.`,
  arguments: { name: '[path...]', help: 'files and folders; default: the manifests that Git tracks' },
  options,
  examples: [
    { does: 'look at one file', run: 'seal verify environments/production/db.yaml' },
    { does: 'look at everything, for a program', run: 'seal verify --json' },
  ],
  run,
});

async function run({ options: given, args, context }: Call<typeof options>): Promise<void> {
  const { verifyTree } = await import('../verifying.ts');
  const { answers, problems } = await verifyTree(args, given, context);
  const all = answers.flatMap(({ items }) => Object.values(items));
  const failing = all.filter((opens) => !opens).length;
  const out = given.json ? jsonDocument({ results: answers }) : textOf(answers);
  context.streams.out.write(out);
  note(context, told(all.length - failing, all.length));
  if (failing > 0) throw new Found();
  if (problems > 0) throw new SealError('NOT_READ', 'some manifests could not be read', { hint: 'see the warnings' });
}

function told(opening: number, all: number): string {
  if (all === 0) return 'there is no sealed value to ask about';
  return `${opening} of ${all} ${all === 1 ? 'value opens' : 'values open'} in the cluster`;
}

function textOf(answers: readonly Verified[]): string {
  const lines = answers.flatMap(({ file, line, namespace, name, items }) =>
    Object.entries(items).map(([item, opens]) => {
      return `${file}:${line}: ${namespace ? `${namespace}/` : ''}${name} ${item}: ${opens ? 'yes' : 'no'}`;
    }),
  );
  return lines.map((line) => `${oneLine(line)}\n`).join('');
}
