// What a constraint on a semantic version asks (Masterminds/semver 3.3.0, constraints.go).

import type { Text } from '../bytes.ts';
import { parseInteger } from './cast.ts';

export interface Version {
  /** Major, minor, patch. */
  parts: readonly bigint[];
  prerelease: Text;
  metadata: Text;
  original: Text;
}

export interface Constraint {
  operator: Text;
  version: Version;
  /** From which part on any will do: `1.x` is open from `minor`. */
  open: 'major' | 'minor' | 'patch' | 'none';
}

/** Whether the version is what the constraint asks for. */
export function satisfies(version: Version, constraint: Constraint): boolean {
  const { operator, open } = constraint;
  // A pre-release is taken only where one is asked for; `!=` without an open part takes all.
  const isHidden = version.prerelease !== '' && constraint.version.prerelease === '';
  if (isHidden && !(operator === '!=' && open === 'none')) return false;
  return rules[operator]?.(version, constraint) ?? false;
}

type Rule = (version: Version, constraint: Constraint) => boolean;

const part = ({ parts }: Version, index: number) => parts[index] ?? 0n;

const notEqual: Rule = (version, { version: asked, open }) => {
  if (open === 'none') return compare(version, asked) !== 0;
  if (part(version, 0) !== part(asked, 0)) return true;
  if (open === 'minor') return false;
  if (part(version, 1) !== part(asked, 1)) return true;
  if (open === 'patch') {
    const hasPrerelease = version.prerelease !== '' || asked.prerelease !== '';
    return hasPrerelease && comparePrerelease(version.prerelease, asked.prerelease) !== 0;
  }
  if (part(version, 2) !== part(asked, 2)) return true;
  return compare(version, asked) !== 0;
};

const greater: Rule = (version, { version: asked, open }) => {
  if (open === 'none') return compare(version, asked) > 0;
  if (part(version, 0) !== part(asked, 0)) return part(version, 0) > part(asked, 0);
  if (open === 'minor') return false;
  if (open === 'patch') return part(version, 1) > part(asked, 1);
  return compare(version, asked) > 0;
};

const atMost: Rule = (version, { version: asked, open }) => {
  if (open === 'none') return compare(version, asked) <= 0;
  if (part(version, 0) > part(asked, 0)) return false;
  const isSame = part(version, 0) === part(asked, 0);
  return !(isSame && part(version, 1) > part(asked, 1) && open !== 'minor');
};

const tilde: Rule = (version, { version: asked, open }) => {
  if (compare(version, asked) < 0) return false;
  // `~0.0.0` and `*` take everything.
  if (asked.parts.every((one) => one === 0n) && open !== 'minor' && open !== 'patch') return true;
  if (part(version, 0) !== part(asked, 0)) return false;
  return part(version, 1) === part(asked, 1) || open === 'minor';
};

const caret: Rule = (version, { version: asked, open }) => {
  if (compare(version, asked) < 0) return false;
  if (part(asked, 0) > 0n || open === 'minor') return part(version, 0) === part(asked, 0);
  if (part(version, 0) > 0n) return false;
  if (part(asked, 1) > 0n || open === 'patch') return part(version, 1) === part(asked, 1);
  return part(version, 1) === 0n && part(version, 2) === part(asked, 2);
};

const equal: Rule = (version, constraint) =>
  constraint.open === 'none' ? compare(version, constraint.version) === 0 : tilde(version, constraint);
const atLeast: Rule = (version, { version: asked }) => compare(version, asked) >= 0;

const rules: Readonly<Record<string, Rule>> = {
  '': equal,
  '=': equal,
  '!=': notEqual,
  '>': greater,
  '<': (version, { version: asked }) => compare(version, asked) < 0,
  '>=': atLeast,
  '=>': atLeast,
  '<=': atMost,
  '=<': atMost,
  '~': tilde,
  '~>': tilde,
  '^': caret,
};

function compare(a: Version, b: Version): number {
  for (const index of [0, 1, 2]) {
    if (part(a, index) !== part(b, index)) return part(a, index) < part(b, index) ? -1 : 1;
  }
  if (a.prerelease === '' || b.prerelease === '') return Number(a.prerelease === '') - Number(b.prerelease === '');
  return comparePrerelease(a.prerelease, b.prerelease);
}

function comparePrerelease(a: Text, b: Text): number {
  const [left, right] = [a.split('.'), b.split('.')];
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const order = compareIdentifiers(left[index] ?? '', right[index] ?? '');
    if (order !== 0) return order;
  }
  return 0;
}

/** Numbers come before names, and an identifier that is not there before all. */
function compareIdentifiers(a: Text, b: Text): number {
  if (a === b) return 0;
  if (a === '' || b === '') return a === '' ? -1 : 1;
  const isNumber = (text: Text) => /^\d+$/.test(text);
  if (isNumber(a) !== isNumber(b)) return isNumber(a) ? -1 : 1;
  if (!isNumber(a)) return a > b ? 1 : -1;
  return (parseInteger(a, 10) ?? 0n) > (parseInteger(b, 10) ?? 0n) ? 1 : -1;
}
