// `seal set FILE KEY…`: seals values into a SealedSecret that is there.

import { UsageError } from '../../src/errors.ts';
import { isItemName } from '../../src/seal/item-name.ts';
import { recordLabel } from '../../src/seal/record.ts';
import { type Call, command } from '../command.ts';
import { itemSealingOptions, sealItems, warnOfValues } from '../item-sealing.ts';
import { list } from '../options.ts';
import { checkPolicy, Ruling } from '../ruling.ts';
import { editedOptions, editedText, readSealedFile, sealedForFile, writeSealedFiles } from '../sealed-file.ts';
import { note } from '../ui.ts';
import { readValues } from '../values.ts';

const options = {
  fromFile: list(
    '--from-file <key=path>',
    'item from a file, - for standard input; its name is the default key; repeatable',
  ),
  fromEnvFile: list('--from-env-file <path>', 'items from the lines KEY=VALUE of a file; repeatable'),
  ...editedOptions,
  ...itemSealingOptions,
} as const;

/** Every byte but those of the items, and of the record, stays. */
export const set = command({
  name: 'set',
  summary: 'seal values into a SealedSecret that is there',
  description: `Seals values into the SealedSecret of a file, under the scope, name and namespace that the file has. Every other byte of the file stays.
A key alone is asked for without echo, or read from standard input where that is no terminal.`,
  arguments: { name: '<file> [key...]', help: 'the file, and items to set: KEY, or KEY=VALUE' },
  options,
  examples: [
    { does: 'be asked for a value', run: 'seal set environments/production/db.yaml password' },
    {
      does: 'seal what another program makes',
      run: "openssl rand -base64 24 | tr -d '\\n' | seal set db.yaml password",
    },
    { does: 'seal a file', run: 'seal set db.yaml --from-file tls.key=server.key --cert sealing.pem' },
  ],
  run,
});

async function run({ options: given, args, context }: Call<typeof options>): Promise<void> {
  const [path, ...words] = args;
  if (path === undefined) throw new UsageError('no file is named', { hint: 'seal set FILE KEY' });
  const asked = words.filter((word) => !word.includes('='));
  if (!asked.every(isItemName)) {
    // What cannot be a name may be a value: it is not shown.
    throw new UsageError('a word after the file is neither KEY nor KEY=VALUE', {
      hint: `to be asked for a value: seal set ${path} KEY`,
    });
  }
  if (words.length + given.fromFile.length + given.fromEnvFile.length === 0)
    throw new UsageError('no item is named', { hint: `seal set ${path} KEY` });
  const file = await readSealedFile(path, given, context);
  const ruling = new Ruling(given, context);
  const ruled = await ruling.about(path);
  const sealedFor = sealedForFile(file, { namespace: given.namespace, ruled });
  checkPolicy(ruled, { scope: sealedFor.scope, record: given.record });
  const certificate = await ruling.certificate(ruled);
  // Nobody is asked before all else is known to be well.
  const literals = words.filter((word) => word.includes('='));
  const values = await readValues({ literals, files: given.fromFile, envFiles: given.fromEnvFile, asked }, context);
  warnOfValues(path, values, context);
  const sealed = await sealItems(values, { certificate, sealedFor, record: given.record, now: context.clock.now() });
  await writeSealedFiles([{ file, content: editedText(file, { ...sealed, unset: [] }, context) }], context);
  const { cluster = given.cert ? undefined : ruled?.rule?.cluster } = given;
  const key = `key ${certificate.keyId.slice(0, 8)}${cluster ? ` of ${cluster}` : ''}`;
  note(context, `${path}: sealed ${[...values.keys()].join(', ')} for ${recordLabel(sealedFor)} under ${key}`);
}
