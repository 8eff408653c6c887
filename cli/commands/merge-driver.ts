// `seal merge-driver %O %A %B %P`: what Git calls to merge a sealed file.

import { SealError, UsageError } from '../../src/errors.ts';
import { ofEach } from '../../src/manifest/versions.ts';
import { shellPath } from '../../src/shell-words.ts';
import { command } from '../command.ts';
import { losslessFor } from '../lossless.ts';
import { type Merged, mergeManifests } from '../merging.ts';

/** Merges two versions of a manifest item by item, in the place that Git names. */
export const mergeDriver = command({
  name: 'merge-driver',
  summary: 'merge sealed files item by item, for git merge',
  description: `Merges the versions of a file as git merge does, but for the items of SealedSecrets: values that one side sealed, added or removed
are taken over, also where both sides changed items that stand side by side, with their lines in the seal record. What both sides
changed is left with conflict markers; where the scope changed on one side, what the other sealed is a conflict too. Every other byte is as Git would have it.

Git calls it with the common ancestor, our version, which the result replaces, their version, and the path. Ends with 1 where a
conflict is left. seal init sets it up. By hand, in .gitattributes:

    *.yaml merge=seal

and once in each clone: git config merge.seal.driver 'seal merge-driver -- %O %A %B %P'.`,
  arguments: { name: '[file...]', help: 'ancestor, our version, their version, and the path in the repository' },
  options: {},
  examples: [
    {
      does: 'merge by hand: the result is in ours.yaml',
      run: 'seal merge-driver base.yaml ours.yaml theirs.yaml db.yaml',
    },
  ],
  async run({ args: [base, ours, theirs, path = ours], context }) {
    if (base === undefined || ours === undefined || theirs === undefined || path === undefined) {
      throw new UsageError('three files are needed', { hint: 'seal merge-driver -- %O %A %B %P' });
    }
    const { files } = context;
    const bytes = { base: await files.read(base), ours: await files.read(ours), theirs: await files.read(theirs) };
    const lossless = losslessFor(bytes.base, bytes.ours, bytes.theirs);
    const { text, ...merged } = await mergeManifests(ofEach(bytes, lossless.text), context);
    await files.write({ path: ours, content: lossless.bytes(text) });
    if (merged.isOpen) throw conflict(path, merged);
  },
});

function conflict(path: string, { contested, stranded, isMarked }: Omit<Merged, 'text' | 'isOpen'>): SealError {
  if (stranded.length > 0) {
    const are = stranded.length === 1 ? 'is' : 'are';
    const message = `${path}: ${stranded.join(', ')} ${are} sealed for another scope than the file has now`;
    return new SealError('MERGE_CONFLICT', message, { hint: `seal set ${shellPath(path)} ${stranded.join(' ')}` });
  }
  const what = contested.length === 0 ? 'the same lines' : contested.join(', ');
  const message = `${path}: both sides changed ${what}`;
  if (!isMarked) {
    const hint = 'no conflict marker shows where: one side moved what the other changed or removed; look at the items';
    return new SealError('MERGE_CONFLICT', message, { hint });
  }
  if (contested.length === 0) return new SealError('MERGE_CONFLICT', message);
  return new SealError('MERGE_CONFLICT', message, {
    hint: 'keep one side of each conflict, with its line in the seal record; or seal the value anew with seal set',
  });
}
