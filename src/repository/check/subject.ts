// What a check of one object is given: the object, its file, and what the repository says about that place.

import { isJsonObject } from '../../manifest/kinds.ts';
import type { ManifestObject } from '../../manifest/objects.ts';
import { shellPath, shellWord } from '../../shell-words.ts';
import type { Rule } from '../configuration.ts';
import { lineOf } from '../field-places.ts';
import { type Finding, type FindingKind, findingOf } from '../finding.ts';
import type { Rename } from '../kustomizations.ts';
import type { SchemaPath } from '../schema.ts';
import type { Pins } from './pins.ts';

/** What holds for every object of a file. */
export interface FileSubject {
  /** What findings call it. */
  file: string;
  /** From the top of the repository, with `/` between its parts. */
  path: string;
  /** The first rule that matches it; `undefined` where none does, or where there is no configuration. */
  rule: Rule | undefined;
  /** What to call that rule: file and line of the configuration. */
  ruleName: string;
  /** The certificates that the configuration pins. */
  pins: Pins;
  /** What Kustomizations make of its names; none: it is applied as it is. */
  renames: readonly Rename[];
  /** It is only laid over another manifest by a Kustomization. */
  isPatch: boolean;
  /** It holds one document. */
  isSingle: boolean;
  now: Date;
}

/** One object under check. */
export interface Subject extends FileSubject {
  object: ManifestObject;
}

/** One family of checks: pure, and silent about what it does not concern. */
export type Check = (subject: Subject) => Finding[];

/** Checks that compare objects with each other: told of every object, then asked. */
export interface WholeCheck {
  see(subject: Subject): void;
  findings(): Finding[];
}

/** What a finding says, at a field of the object: its own line, or that of what is nearest above it. */
export interface Said {
  /** Default: where the object starts. */
  at?: SchemaPath;
  message: string;
  hint?: string | undefined;
}

/** A finding about an object. */
export function found({ object, file }: Pick<Subject, 'object' | 'file'>, kind: FindingKind, said: Said): Finding {
  const { at = [], message, hint } = said;
  const line = at.length === 0 ? object.line : lineOf(object.document, object.node, at);
  return findingOf(kind, { file, line, message, ...(hint !== undefined && { hint }) });
}

/** `password`, `password and username`, `password, username and 3 more`. */
export function listed(names: readonly string[]): string {
  if (names.length <= 2) return names.join(' and ');
  if (names.length === 3) return `${names[0]}, ${names[1]} and ${names[2]}`;
  return `${names[0]}, ${names[1]} and ${names.length - 2} more`;
}

/** Groups what has one cause, in the order of the first of each; without a cause there is nothing to say. */
export function byCause<T>(things: readonly T[], causeOf: (thing: T) => string | undefined): Map<string, [T, ...T[]]> {
  const groups = new Map<string, [T, ...T[]]>();
  for (const thing of things) {
    const cause = causeOf(thing);
    if (cause === undefined) continue;
    const group = groups.get(cause);
    if (group) group.push(thing);
    else groups.set(cause, [thing]);
  }
  return groups;
}

/** The command that seals items of a subject anew. */
export function setAgain({ file, isSingle, object }: Subject, items: readonly { name: string }[]): string {
  const { name } = isJsonObject(object.value.metadata) ? object.value.metadata : {};
  const isAlone = isSingle && object.path.length === 0;
  const which = isAlone || typeof name !== 'string' ? '' : ` --name ${shellWord(name)}`;
  const words = items.slice(0, 5).map((item) => shellWord(item.name));
  return `seal set ${[shellPath(file), ...words, ...(items.length > 5 ? ['…'] : [])].join(' ')}${which}`;
}
