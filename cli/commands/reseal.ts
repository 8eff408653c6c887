// `seal reseal`: values brought to the newest certificate, in the cluster or offline, and nothing else changed.

import { counted } from '../../src/counted.ts';
import { SealError, UsageError } from '../../src/errors.ts';
import { excluding } from '../arguments.ts';
import { clusterOptions, controllerOptions } from '../cluster.ts';
import { type Call, command } from '../command.ts';
import { Found } from '../exit.ts';
import { jsonDocument } from '../json.ts';
import { oneLine } from '../one-line.ts';
import { flag, list, text } from '../options.ts';
import type { ResealedItems, ResealReport } from '../reseal-tree.ts';
import { recoveryKeyOption, sealedTreeOptions, sealingOptions } from '../shared-options.ts';
import { hint, note } from '../ui.ts';

const options = {
  check: flag('--check', 'change nothing; say what would be sealed again, and end with 3 where anything would'),
  to: text('--to <cluster>', 'seal for this cluster of .sealwright.yaml instead; with --private-key only'),
  privateKey: list(
    '--private-key <file>',
    'open with this key, offline: PEM, a key Secret, or a List of them; repeatable',
  ),
  recoveryPrivateKey: recoveryKeyOption,
  cert: text(
    '--cert <file|url>',
    "certificate to seal for; default: the one that the file's rule pins, else the controller's",
  ),
  ...sealedTreeOptions,
  allowExpired: flag('--allow-expired', 'seal for an expired certificate'),
  record: sealingOptions.record,
  json: flag('--json', 'print what was done, or would be, as one JSON document'),
  ...controllerOptions,
  ...clusterOptions,
} as const;

/** Stale by the record, or where it says nothing by whoever opens the value. */
export const reseal = command({
  name: 'reseal',
  summary: 'bring sealed values to the newest certificate',
  description: `Seals values again that are sealed for another key than the newest: the controller of their cluster does it, and plain text never leaves it; or with --private-key it is done here, offline.
Values under the newest key stay as they are, and so does every byte beside the others and their lines in the record. What the record does not mention is opened to see. Each file is written as soon as it is done: a run that was ended goes on where it was. Values sealed for a key that somebody else has stay readable in the history: change them at their source.

With --json: {"check": true or false, "resealed": [{file, line, namespace, name, items: [item]}], "failed": [the same]}; with --check, resealed is what would be.`,
  arguments: { name: '[path...]', help: 'files and folders; default: the manifests that Git tracks' },
  options,
  examples: [
    { does: 'after a new key was pinned: everything, by the controllers', run: 'seal reseal' },
    { does: 'see what is left to do', run: 'seal reseal --check environments/production' },
    { does: 'without any cluster', run: 'seal reseal environments --private-key keys.yaml --cert sealing.pem' },
    { does: 'for another cluster', run: 'seal reseal environments/dr --to disaster-recovery --private-key keys.yaml' },
  ],
  run,
});

async function run({ options: given, args, context }: Call<typeof options>): Promise<void> {
  const keyFiles = [...given.privateKey, ...given.recoveryPrivateKey];
  checkTarget(given, keyFiles.length > 0);
  const [{ resealTree }, { Ruling }] = await Promise.all([import('../reseal-tree.ts'), import('../ruling.ts')]);
  // Here --context and its like are for the controller; `cluster` is what the rule would say.
  const ruling = new Ruling({ ...given, cluster: given.to, clusterOption: '--to' }, context);
  const { resealerOf, close } = await resealers({ given, keyFiles, ruling, context });
  const { check, record, namespace, progress } = given;
  const report = await resealTree(args, { resealerOf, ruling, check, record, namespace, progress }, context).finally(
    close,
  );
  tell(report, given, context);
}

type Given = Call<typeof options>['options'];
type Surroundings = Pick<Call<typeof options>, 'context'>['context'];

function checkTarget({ to, cert }: Given, isOffline: boolean): void {
  if (to !== undefined && cert !== undefined) throw excluding('--to', '--cert');
  if (to === undefined || isOffline) return;
  throw new UsageError(`--to ${to} needs the private keys of where the values are now`, {
    hint: 'no controller reseals to a certificate that is not its own; give the keys with --private-key FILE',
  });
}

interface Sources {
  given: Given;
  keyFiles: readonly string[];
  ruling: InstanceType<typeof import('../ruling.ts').Ruling>;
  context: Surroundings;
}

async function resealers({ given, keyFiles, ruling, context }: Sources) {
  const { offlineResealers, onlineResealers } = await import('../resealing.ts');
  if (keyFiles.length > 0) {
    const { readKeys } = await import('../opening.ts');
    const keys = await readKeys(keyFiles, context);
    return { resealerOf: offlineResealers(ruling, keys), close: async () => {} };
  }
  const { Controllers } = await import('../controllers.ts');
  const controllers = new Controllers(given, context);
  const { allowExpired } = given;
  const certificate = given.cert ? await ruling.certificate(undefined) : undefined;
  return {
    resealerOf: onlineResealers(controllers, { certificate, allowExpired }, context),
    close: () => controllers.close(),
  };
}

function tell(report: ResealReport, { check, json }: Given, context: Surroundings): void {
  const { resealed, failed, problems } = report;
  const count = countOf(resealed);
  if (json) context.streams.out.write(jsonDocument({ check, resealed, failed }));
  else if (check) context.streams.out.write(resealed.map((each) => `${oneLine(lineOf(each))}\n`).join(''));
  const files = new Set(resealed.map(({ file }) => file)).size;
  const what = `${counted(count, 'value')} in ${counted(files, 'file')}`;
  if (check) note(context, count === 0 ? 'nothing is to be sealed again' : `${what} to be sealed again`);
  else note(context, count === 0 ? 'nothing was to be sealed again' : `${what} sealed again`);
  if (check && count > 0) throw new Found();
  const left = countOf(failed);
  if (left > 0) {
    const those =
      left === 1 ? '1 value does not open, and stays as it is' : `${left} values do not open, and stay as they are`;
    throw new SealError('NOT_RESEALED', those, {
      hint: 'with the private keys of that time: --private-key FILE; or with the value: seal set FILE KEY',
    });
  }
  if (problems > 0)
    throw new SealError('NOT_RESEALED', 'some files could not be read or written', { hint: 'see the warnings' });
  if (!check && count > 0)
    hint(context, 'what a lost key could open is still in the history: change such values at their source');
}

const countOf = (all: readonly ResealedItems[]) => all.reduce((sum, { items }) => sum + items.length, 0);

const lineOf = ({ file, line, namespace, name, items }: ResealedItems) =>
  `${file}:${line}: ${namespace ? `${namespace}/` : ''}${name}: ${items.join(', ')}`;
