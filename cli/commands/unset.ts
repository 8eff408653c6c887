// `seal unset FILE KEY…`: removes items of a SealedSecret.

import { SealError, UsageError } from '../../src/errors.ts';
import { shellPath } from '../../src/shell-words.ts';
import { command } from '../command.ts';
import { checkFileFirst, editedOptions, editedText, readSealedFile, writeSealedFiles } from '../sealed-file.ts';
import { note } from '../ui.ts';

/** Takes the items' own lines, and their lines of the record. */
export const unset = command({
  name: 'unset',
  summary: 'remove items of a SealedSecret',
  description: `Removes items of the SealedSecret of a file, with their lines of the seal record. Comments on lines of their own stay, and so does
every other byte. No certificate and no key is needed. Where an item is not there, nothing is changed.`,
  arguments: { name: '<file> <key...>', help: 'the file, and the items to remove' },
  options: editedOptions,
  examples: [{ does: 'remove an item', run: 'seal unset environments/production/db.yaml old_password' }],
  async run({ options, args, context }) {
    const [path, ...keys] = args;
    if (path === undefined) throw new UsageError('no file is named', { hint: 'seal unset FILE KEY' });
    if (keys.length === 0) throw new UsageError('no item is named', { hint: `seal unset ${shellPath(path)} KEY` });
    checkFileFirst('unset', args, context);
    // What follows the = is a value: it is not shown.
    if (keys.some((key) => key.includes('=')))
      throw new UsageError('an item is removed by its name alone, without a value', {
        hint: `seal unset ${shellPath(path)} KEY`,
      });
    const file = await readSealedFile(path, { ...options, onlyTaken: true }, context);
    const items = Object.keys(file.sealedSecret.spec.encryptedData ?? {});
    const names = [...new Set(keys)];
    const missing = names.filter((name) => !items.includes(name));
    if (missing.length > 0) {
      throw new SealError('NO_SUCH_ITEM', `${path} has no item ${missing.join(', ')}`, {
        hint: items.length === 0 ? 'it has no item at all' : `its items are ${items.join(', ')}`,
      });
    }
    await writeSealedFiles(
      [{ file, content: editedText(file, { set: new Map(), unset: names, record: [] }, context) }],
      context,
    );
    note(context, `${path}: removed ${names.join(', ')}`);
  },
});
