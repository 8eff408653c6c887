// What Git is told about `seal`: the hook before commits, and the drivers of diffs and merges.

/** What is run before each commit. */
export const hookCommand = 'seal scan --staged';

/** The hook where there is none. */
export const hookText = `#!/bin/sh
# Keeps plain secrets out of commits. To commit all the same: git commit --no-verify
exec ${hookCommand}
`;

/** Settings of a clone, which Git never takes from what was cloned: what `diff=seal` and `merge=seal` in .gitattributes mean. */
export const gitSettings: Readonly<Record<string, string>> = {
  'diff.seal.textconv': 'seal textconv --',
  'merge.seal.name': 'sealed files, item by item',
  'merge.seal.driver': 'seal merge-driver -- %O %A %B %P',
};
