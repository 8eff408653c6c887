// `seal textconv FILE`: what `git diff` shows of a manifest in place of values.

import { utf16Text } from '../../src/encoding/utf16.ts';
import { UsageError } from '../../src/errors.ts';
import { reviewText } from '../../src/manifest/review.ts';
import { maxManifestBytes } from '../../src/manifest/text.ts';
import { command } from '../command.ts';
import { losslessFor } from '../lossless.ts';

/** Prints a manifest with a summary for each sealed value, and nothing of plain ones. */
export const textconv = command({
  name: 'textconv',
  summary: 'show a manifest to git diff, without values',
  description: `Prints the file with <sealed DAY KEY, SCOPE, value DIGEST> in place of each sealed value, so that a diff says which items
changed, when they were sealed and under which key, and for what where that is not what the manifest is called; lines of the seal record
that say the same are left out. The digest is of the ciphertext: it changes with it. Of plain Secrets the names
of the items are printed, and nothing that depends on a value. All other lines are as they are; so is a text that holds neither. Of a
file that is no text, or larger than 64 MiB, only the length is printed.

seal init sets it up. By hand, in .gitattributes:

    *.yaml diff=seal

and once in each clone: git config diff.seal.textconv 'seal textconv --'. git diff --no-textconv shows the file itself.`,
  arguments: { name: '[file]', help: 'the manifest, as Git hands it over' },
  options: {},
  examples: [{ does: 'see what git diff compares', run: 'seal textconv db.yaml' }],
  async run({ args: [file], context }) {
    if (file === undefined) throw new UsageError('no file is named', { hint: 'seal textconv FILE' });
    const bytes = await context.files.read(file);
    const { out } = context.streams;
    const isTooLong = bytes.byteLength > maxManifestBytes;
    const wide = isTooLong ? undefined : utf16Text(bytes);
    if (wide !== undefined) return out.write(await reviewText(wide));
    // What is no text, or too long to be read, may hold values all the same.
    if (isTooLong || bytes.includes(0)) return out.write(`<${bytes.byteLength} bytes, not shown>\n`);
    const lossless = losslessFor(bytes);
    out.write(lossless.bytes(await reviewText(lossless.text(bytes))));
  },
});
