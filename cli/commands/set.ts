// `seal set FILE KEY…`: seals values into a SealedSecret that is there.

import { UsageError } from '../../src/errors.ts';
import { nearest } from '../../src/nearest.ts';
import { isItemName } from '../../src/seal/item-name.ts';
import { shellPath } from '../../src/shell-words.ts';
import { type Call, command } from '../command.ts';
import type { Context } from '../context.ts';
import {
  itemSealingOptions,
  type SealingPlace,
  sealedTold,
  sealItems,
  sealingPlace,
  warnOfValues,
} from '../item-sealing.ts';
import { Ruling } from '../ruling.ts';
import { checkFileFirst, editedOptions, editedText, type SealedFile, writeSealedFiles } from '../sealed-file.ts';
import { clustersOption } from '../shared-options.ts';
import { itemReferences } from '../store-references.ts';
import { isForClusters, targetsOf } from '../targets.ts';
import { note, warn } from '../ui.ts';
import { namedSources, readValues, valueOptions } from '../values.ts';

const options = {
  ...valueOptions,
  ...editedOptions,
  ...itemSealingOptions,
  cluster: clustersOption,
} as const;

/** Every byte but those of the items, and of the record, stays. */
export const set = command({
  name: 'set',
  summary: 'seal values into a SealedSecret that is there',
  description: `Seals values into the SealedSecret of a file, under the scope, name and namespace that the file has. Every other byte of the file stays.
Several files get the same values, each sealed for what it is; all are prepared before the first is replaced.
A key alone is asked for without echo, or read from standard input where that is no terminal.`,
  arguments: {
    name: '<file...> [key...]',
    help: 'files, and items to set: KEY, or KEY=VALUE. A second file needs a slash, {cluster} stands for every cluster',
  },
  options,
  examples: [
    { does: 'be asked for a value', run: 'seal set environments/production/db.yaml password' },
    {
      does: 'seal what another program makes',
      run: "openssl rand -base64 24 | tr -d '\\n' | seal set db.yaml password",
    },
    {
      does: 'be asked once, and seal for several clusters',
      run: "seal set 'environments/{cluster}/db.yaml' password --cluster production,staging",
    },
    {
      does: 'seal what Vault or OpenBao has',
      run: 'seal set db.yaml --from-vault password=kv/db#root_password',
    },
    { does: 'seal a file', run: 'seal set db.yaml --from-file tls.key=server.key --cert sealing.pem' },
  ],
  run,
});

async function run({ options: given, args, context }: Call<typeof options>): Promise<void> {
  checkFileFirst('set', args, context);
  const { paths, literals, asked } = wordsOf(args, context);
  const [first = ''] = paths;
  const sources = { literals, ...namedSources(given), asked };
  const isBare = asked.length === 0 && itemReferences(sources.stores).length < sources.stores.length;
  if (isBare || Object.values(sources).every(({ length }) => length === 0))
    throw new UsageError('no item is named', { hint: `seal set ${shellPath(first)} KEY` });
  const ruling = new Ruling(given, context);
  const places: SealingPlace[] = [];
  for (const target of await targetsOf(paths, ruling, context.files)) {
    places.push(await sealingPlace(target, { ruling, options: given }, context));
  }
  // Nobody is asked before all else is known to be well.
  const values = await readValues({ ...sources, into: places.map(({ file }) => file.path) }, context);
  warnOfValues(first, values, context);
  for (const { file } of places) warnOfSlips(file, [...values.keys()], context);
  const edited: { file: SealedFile; content: string }[] = [];
  for (const { file, certificate, sealedFor } of places) {
    const sealed = await sealItems(values, { certificate, sealedFor, record: given.record, now: context.clock.now() });
    edited.push({ file, content: editedText(file, { ...sealed, unset: [] }, context) });
  }
  await writeSealedFiles(edited, context);
  for (const place of places) note(context, `${place.file.path}: ${sealedTold(values.keys(), place)}`);
}

/** One letter away from an item that is there, a new one is seldom meant. Numbers at the end are. */
function warnOfSlips({ path, sealedSecret }: SealedFile, names: readonly string[], context: Context): void {
  const items = Object.keys(sealedSecret.spec.encryptedData ?? {});
  const letters = (name: string) => name.replace(/\d/g, '');
  for (const name of names.filter((each) => each.length > 3 && !items.includes(each))) {
    const others = items.filter((item) => !names.includes(item) && letters(item) !== letters(name));
    const meant = nearest(name, others, 1);
    if (meant)
      warn(context, `${path}: ${name} is a new item beside ${meant}`, [
        `if it is a slip: seal unset ${shellPath(path)} ${name}`,
      ]);
  }
}

interface Words {
  paths: string[];
  literals: string[];
  asked: string[];
}

/** The words of a call: a file, further ones, then keys and values. Throws `UsageError`. */
function wordsOf([path, ...rest]: readonly string[], { files }: Context): Words {
  if (path === undefined) throw new UsageError('no file is named', { hint: 'seal set FILE KEY' });
  // A value in the wrong place may look like a path: it must not come to be shown as a file that is missing.
  const isFile = (word: string) => isForClusters(word) || (/^[^=]*\/[^=]*$/.test(word) && files.isThere(word));
  const count = rest.findIndex((word) => !isFile(word));
  const more = count === -1 ? rest : rest.slice(0, count);
  const words = rest.slice(more.length);
  const asked = words.filter((word) => !word.includes('='));
  if (!asked.every(isItemName)) {
    // What cannot be a name may be a value: it is not shown.
    throw new UsageError('a word after the file is neither KEY nor KEY=VALUE', {
      hint: `to be asked for a value: seal set ${shellPath(path)} KEY`,
    });
  }
  return { paths: [path, ...more], asked, literals: words.filter((word) => word.includes('=')) };
}
