// What `seal init` offers for Git: a hook before commits, readable diffs of sealed files, and merging them item by item.

import { join } from 'node:path';
import { isSealError } from '../../src/errors.ts';
import { decodeManifest, lineBreakIn } from '../../src/manifest/text.ts';
import type { Context } from '../context.ts';
import { type Git, hooksFolder, isWithin, readSetting } from '../git.ts';
import type { Questions } from '../questions.ts';
import type { Replacement } from '../replacing.ts';
import { gitSettings, hookCommand, hookText } from './git-texts.ts';
import { type Survey, shownFrom } from './survey.ts';

/** A step that is either a file to write, or done already, or for the user to do. */
export interface Step {
  replacement?: Replacement;
  /** What was found instead: a line or more for the user. */
  say: string[];
}

/** The hook before commits. One that somebody else wrote, or that another program keeps, is never touched: it is said how to chain. */
async function hookStep(git: Git, { files }: Context): Promise<Step> {
  const hooks = await hooksFolder(git);
  const path = shownFrom(hooks, 'pre-commit', files);
  const keeper = keptBy(git, files);
  if (keeper) return { say: keeper };
  // A folder for all repositories of this user is not this repository's to fill.
  const isOwn = isWithin(hooks, git.top) || isWithin(hooks, await commonFolder(git));
  if (!isOwn)
    return { say: [`core.hooksPath is ${hooks}, outside of this repository: add to its pre-commit: ${hookCommand}`] };
  if (!files.isThere(path)) {
    return { replacement: { path, was: undefined, content: hookText, makeFolders: true, executable: true }, say: [] };
  }
  const text = new TextDecoder().decode(await files.read(path));
  if (text.includes(hookCommand)) return { say: [] };
  return { say: [`${path} is there already and stays as it is: add this line to it: ${hookCommand} || exit $?`] };
}

/** Programs that write hooks themselves, by the file that tells, and where the command goes. */
const keepers = [
  [
    '.pre-commit-config.yaml',
    'pre-commit',
    `a hook of repo: local with language: system, pass_filenames: false, entry: ${hookCommand}`,
  ],
  ['.husky', 'husky', `${hookCommand} as a line of .husky/pre-commit`],
  ['lefthook.yml', 'lefthook', `pre-commit: {commands: {seal: {run: ${hookCommand}}}}`],
] as const;

function keptBy({ top }: Git, files: Context['files']): string[] | undefined {
  const found = keepers.find(([file]) => files.isThere(join(top, file)));
  return found && [`${found[1]} keeps the hooks of this repository: add ${found[2]}`];
}

async function commonFolder(git: Git): Promise<string> {
  const { stdout } = await git.ask(['rev-parse', '--path-format=absolute', '--git-common-dir']);
  return new TextDecoder().decode(stdout).replace(/\n$/, '');
}

/** The lines of `.gitattributes` that are not there yet, for the folders in which sealed files are. */
async function attributesStep(git: Git, { folder, environments }: Survey, { files }: Context): Promise<Step> {
  // A configuration may stand above the repository, attributes may not.
  const path = shownFrom(isWithin(folder, git.top) ? folder : git.top, '.gitattributes', files);
  const was = files.isThere(path) ? await files.read(path) : undefined;
  const text = was ? decodeManifest(was, path) : '';
  const present = text.split(/\r?\n/).map((line) => line.trim().replace(/\s+/g, ' '));
  const missing = attributeLines(environments.flatMap(({ paths }) => paths)).filter((line) => !present.includes(line));
  if (missing.length === 0) return { say: [] };
  const lineBreak = lineBreakIn(text, { from: 0, to: text.length });
  const open = text === '' || text.endsWith('\n') ? '' : lineBreak;
  return {
    replacement: { path, was, content: `${text}${open}${missing.map((line) => line + lineBreak).join('')}` },
    say: [],
  };
}

function attributeLines(globs: readonly string[]): string[] {
  // Attributes know no braces, and a blank would end the pattern.
  const own = [...new Set(globs)].filter((glob) => /^[^\s"{}]+\/\*\*$/.test(glob));
  const places = own.length > 0 && own.length === new Set(globs).size ? own.map((glob) => `${glob}/`) : [''];
  return places.flatMap((place) => ['yaml', 'yml'].map((end) => `${place}*.${end} diff=seal merge=seal`));
}

/** A setting of Git to write. */
export interface Setting {
  name: string;
  value: string;
}

/** The settings that are not there yet; those that say something else stay, and that is said. */
async function missingSettings(git: Git): Promise<{ settings: Setting[]; say: string[] }> {
  const settings: Setting[] = [];
  const say: string[] = [];
  for (const [name, value] of Object.entries(gitSettings)) {
    const current = await readSetting(git, name);
    if (current === undefined) settings.push({ name, value });
    else if (current !== value) say.push(`${name} is "${current}" and stays as it is; ours is: ${value}`);
  }
  return { settings, say };
}

/** Whether hooks and drivers will find the command. */
async function isInPath({ run }: Pick<Context, 'run'>): Promise<boolean> {
  try {
    return (await run('seal', ['--version'])).code === 0;
  } catch (error) {
    if (isSealError(error) && error.code !== 'INTERRUPTED') return false;
    throw error;
  }
}

/** All of it, as far as it is wanted. */
export interface GitPlan {
  steps: Step[];
  settings: Setting[];
}

/** Asks about what is not left out and not there already, where `ask` is given. */
export async function planGit(
  found: Survey,
  ask: Questions | undefined,
  { wanted, context }: { wanted: { hook: boolean; diff: boolean }; context: Context },
): Promise<GitPlan> {
  const { git } = found;
  if (git === undefined) return { steps: [], settings: [] };
  const steps: Step[] = [];
  const hook = wanted.hook ? await hookStep(git, context) : nothing;
  if (isOpen(hook) && (!ask || (await ask.confirm('Keep plain secrets out of commits with a hook?')))) steps.push(hook);
  const diff = wanted.diff ? await diffPlan(git, found, context) : { steps: [], settings: [] };
  const isDiffOpen = diff.settings.length > 0 || diff.steps.some(isOpen);
  const question = 'Show sealed files readably in git diff, and merge them item by item?';
  const hasDiff = isDiffOpen && (!ask || (await ask.confirm(question)));
  if (hasDiff) steps.push(...diff.steps);
  const settings = hasDiff ? diff.settings : [];
  const isUsed = settings.length > 0 || steps.some(({ replacement }) => replacement);
  if (isUsed && !(await isInPath(context))) steps.push({ say: ['seal is not in PATH, where Git looks for it'] });
  return { steps, settings };
}

const nothing: Step = { say: [] };

/** Whether anything is to be done or said. */
export const isOpen = ({ replacement, say }: Step) => replacement !== undefined || say.length > 0;

async function diffPlan(git: Git, found: Survey, context: Context): Promise<GitPlan> {
  const { settings, say } = await missingSettings(git);
  return { steps: [await attributesStep(git, found, context), { say }], settings };
}
