// What `seal init` offers for CI: a file that runs the checks, for the systems that people use.

import { join } from 'node:path';
import type { Context } from '../context.ts';
import type { Questions } from '../questions.ts';
import { type CiSystem, ciTemplates } from './ci-templates.ts';
import { isOpen, type Step } from './git-setup.ts';
import { type Survey, shownFrom } from './survey.ts';

/** Words of `--ci`. */
export const ciChoices = ['github', 'gitlab', 'jenkins', 'none'] as const;

/** The file that is wanted: what `--ci` says, else what is chosen, else that of the system in use. */
export async function planCi(
  found: Survey,
  ask: Questions | undefined,
  { wanted, context }: { wanted: (typeof ciChoices)[number] | undefined; context: Context },
): Promise<Step[]> {
  // What is not in Git runs in no CI.
  if (found.git === undefined && wanted === undefined) return [];
  const top = found.git?.top ?? found.folder;
  const inUse = ciInUse(top, context);
  // Whoever has it is not asked again.
  const isOver = inUse && !isOpen(await ciStep(inUse, top, context));
  const system = wanted ?? (ask && !isOver ? await askForSystem(ask, inUse) : (inUse ?? 'none'));
  return system === 'none' ? [] : [await ciStep(system, top, context)];
}

async function askForSystem(ask: Questions, inUse: CiSystem | undefined): Promise<CiSystem | 'none'> {
  const systems = Object.entries(ciTemplates).map(([system, { name, path }]) => {
    return { value: system as CiSystem, label: name, hint: path };
  });
  return ask.choose<CiSystem | 'none'>(
    'Run the checks in CI?',
    [...systems, { value: 'none', label: 'no' }],
    inUse ?? 'none',
  );
}

/** The system that the repository uses already. */
function ciInUse(top: string, { files }: Context): CiSystem | undefined {
  const systems = Object.keys(ciTemplates) as CiSystem[];
  return systems.find((system) => ciTemplates[system].signs.some((sign) => files.isThere(join(top, sign))));
}

/** The file of our own, where it is not there yet; what runs it, where that belongs to somebody else, is said. */
async function ciStep(system: CiSystem, top: string, { files }: Context): Promise<Step> {
  const { path: below, text, entry } = ciTemplates[system];
  const path = shownFrom(top, below, files);
  const say = entry && !(await mentions(join(top, entry.file), below, files)) ? [entry.say] : [];
  if (files.isThere(path)) return { say };
  return { replacement: { path, was: undefined, content: text, makeFolders: true }, say };
}

async function mentions(path: string, what: string, files: Context['files']): Promise<boolean> {
  if ((await files.kind(path)) !== 'file') return false;
  return new TextDecoder().decode(await files.read(path)).includes(what);
}
