// The merge of three versions of a manifest: item by item where that can be done, by lines as Git does it elsewhere.

import { SealError } from '../src/errors.ts';
import { withMarks, withoutMarks } from '../src/manifest/merge.ts';
import { contestedItems, isRightMerge, strandedItems } from '../src/manifest/merged-items.ts';
import type { Versions } from '../src/manifest/versions.ts';
import type { Context } from './context.ts';

/** What a merge came to. */
export interface Merged {
  text: string;
  /** Conflict markers are in it, or it is not what it should be. */
  isOpen: boolean;
  /** Conflict markers show where. */
  isMarked: boolean;
  /** Names of the items that both sides changed. */
  contested: string[];
  /** Names of items that are sealed for another scope than the merged file has. */
  stranded: string[];
}

/** Merges `theirs` into `ours`. Throws `SealError` (`PROGRAM_MISSING`, `NOT_TEXT`, `GIT_REFUSED`). */
export async function mergeManifests(texts: Versions<string>, context: Context): Promise<Merged> {
  const ended = withLastLineEnds(texts);
  const contested = contestedItems(texts);
  const byItem = await mergeByLines(withMarks(ended.texts), context);
  const text = withoutMarks(byItem.text);
  if (byItem.conflicts > 0) return { text, isOpen: true, isMarked: true, contested, stranded: [] };
  if (isRightMerge(text, ended.texts)) {
    const stranded = strandedItems(text, ended.texts);
    return { text: ended.restore(text), isOpen: stranded.length > 0, isMarked: false, contested, stranded };
  }
  // What lines make of it may be wrong as well, and then somebody has to look.
  const plain = await mergeByLines(ended.texts, context);
  const isMarked = plain.conflicts > 0;
  const isOpen = isMarked || !isRightMerge(plain.text, ended.texts);
  const stranded = isOpen ? [] : strandedItems(plain.text, ended.texts);
  return { text: ended.restore(plain.text), isOpen: isOpen || stranded.length > 0, isMarked, contested, stranded };
}

/** The versions, each with a line end at its end: the lines of the last item must not differ by it alone. */
function withLastLineEnds({ base, ours, theirs }: Versions<string>) {
  const ends = (text: string) => text === '' || text.endsWith('\n');
  const close = (text: string) => (ends(text) ? text : `${text}${text.includes('\r\n') ? '\r\n' : '\n'}`);
  const isEnded = ends(ours) === ends(base) ? ends(theirs) : ends(ours);
  return {
    texts: { base: close(base), ours: close(ours), theirs: close(theirs) },
    restore: (text: string) => (isEnded ? text : text.replace(/\r?\n$/, '')),
  };
}

async function mergeByLines(
  { base, ours, theirs }: Versions<string>,
  { files, run }: Context,
): Promise<{ text: string; conflicts: number }> {
  return files.private(async (folder) => {
    const paths = [folder.write('ours', ours), folder.write('base', base), folder.write('theirs', theirs)];
    const labels = ['ours', 'base', 'theirs'].flatMap((label) => ['-L', label]);
    const { code, stdout, stderr } = await run('git', ['merge-file', '-p', ...labels, ...paths]);
    // Its words would name our own temporary files.
    if (/binary/.test(stderr))
      throw new SealError('NOT_TEXT', 'binary files are not merged; ours is left as it is', {
        hint: 'to take the other: git checkout --theirs FILE',
      });
    if (code > 127) throw new SealError('GIT_REFUSED', 'git merge-file could not merge the versions');
    return { text: new TextDecoder('utf-8', { ignoreBOM: true }).decode(stdout), conflicts: code };
  });
}
