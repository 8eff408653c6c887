// sprig 3.3.0's semantic versions (Masterminds/semver 3.3.0), lenient about missing parts.

import type { RE2JS } from 're2js';
import type { Budget } from '../budget.ts';
import type { Text } from '../bytes.ts';
import { FunctionFailure } from '../errors.ts';
import { type FunctionTable, fn } from '../functions.ts';
import { compileRe2 } from '../re2.ts';
import { GoStruct } from '../values.ts';
import { type Constraint, satisfies, type Version } from './semver-rules.ts';

export const semverFunctions: FunctionTable = {
  semver: fn(['string'], ([text], budget) => versionStruct(versionOf(text, budget))),
  semverCompare: fn(['string', 'string'], ([constraint, version], budget) => {
    const alternatives = constraintsOf(constraint, budget);
    const given = versionOf(version, budget);
    return alternatives.some((all) => all.every((one) => satisfies(given, one)));
  }),
};

/** Bytes of a version or a constraint. */
const longest = 1024;

const numeric = /^[0-9]+$/;
const versionPattern =
  /^v?([0-9]+)(\.[0-9]+)?(\.[0-9]+)?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?$/;

function versionOf(text: Text, budget: Budget): Version {
  budget.spend(text.length);
  const match = text.length > longest ? null : versionPattern.exec(text);
  if (match === null) throw new FunctionFailure('what is given is no semantic version');
  const [, major = '0', minor = '.0', patch = '.0', prerelease = '', metadata = ''] = match;
  const parts = [major, minor.slice(1), patch.slice(1)].map((part) => BigInt(part));
  const isTooLarge = parts.some((part) => part >= 2n ** 64n);
  if (isTooLarge || prerelease.split('.').some((part) => numeric.test(part) && /^0./.test(part))) {
    throw new FunctionFailure('what is given is no semantic version');
  }
  return { parts, prerelease, metadata, original: text };
}

function versionStruct({ parts, prerelease, metadata, original }: Version): GoStruct {
  const text = parts.join('.') + (prerelease && `-${prerelease}`) + (metadata && `+${metadata}`);
  const [major, minor, patch] = parts;
  return new GoStruct({
    type: '*semver.Version',
    text,
    fields: [
      ['Major', major],
      ['Minor', minor],
      ['Patch', patch],
      ['Prerelease', prerelease],
      ['Metadata', metadata],
      ['Original', original],
      ['String', text],
    ],
  });
}

const number = '[0-9|x|X|\\*]+';
const tail = '(-([0-9A-Za-z\\-]+(\\.[0-9A-Za-z\\-]+)*))?(\\+([0-9A-Za-z\\-]+(\\.[0-9A-Za-z\\-]+)*))?';
const partial = `v?(${number})(\\.${number})?(\\.${number})?${tail}`;
const operators = '=||!=|>|<|>=|=>|<=|=<|~|~>|\\^';
const sources = {
  one: `^\\s*(${operators})\\s*(${partial})\\s*$`,
  range: `\\s*(${partial})\\s+-\\s+(${partial})\\s*`,
  each: `(${operators})\\s*(${partial})`,
  all: `^(\\s*(${operators})\\s*(${partial})\\s*)((?:\\s+|,\\s*)(${operators})\\s*(${partial})\\s*)*$`,
};

const patterns = new Map<string, RE2JS>();

/** These patterns are the reference's; in JavaScript's own engine they would take exponential time. */
function pattern(name: keyof typeof sources): RE2JS {
  const known = patterns.get(name) ?? compileRe2(sources[name]);
  if (known === undefined) throw new TypeError(`the pattern ${name} does not compile`);
  patterns.set(name, known);
  return known;
}

function constraintsOf(text: Text, budget: Budget): Constraint[][] {
  budget.spend(2000 + 100 * text.length);
  if (text.length > longest) throw improper();
  return withoutRanges(text)
    .split('||')
    .map((part) => {
      if (!pattern('all').matcher(part).find()) throw improper();
      const found: Text[] = [];
      const matcher = pattern('each').matcher(part);
      while (matcher.find()) found.push(matcher.group() ?? '');
      return (found.length === 0 ? [part] : found).map((one) => constraintOf(one, budget));
    });
}

function improper(): FunctionFailure {
  return new FunctionFailure('improper constraint on a semantic version');
}

/** `1.2 - 3` is `>= 1.2, <= 3`. */
function withoutRanges(text: Text): Text {
  let result = text;
  const matcher = pattern('range').matcher(text);
  while (matcher.find()) {
    const [from, to] = [matcher.group(1), matcher.group(11)];
    result = result.replace(matcher.group() ?? '', () => `>= ${from}, <= ${to} `);
  }
  return result;
}

const isAny = (part: Text | null | undefined) => !part || /^\.?[xX*]$/.test(part);

function constraintOf(text: Text, budget: Budget): Constraint {
  const matcher = pattern('one').matcher(text);
  if (!matcher.find()) throw improper();
  const group = (index: number) => matcher.group(index) ?? '';
  const [operator, major, minor, patch, rest] = [1, 3, 4, 5, 6].map(group);
  const open = isAny(major) ? 'major' : isAny(minor) ? 'minor' : isAny(patch) ? 'patch' : 'none';
  const written = {
    major: `0.0.0${rest}`,
    minor: `${major}.0.0${rest}`,
    patch: `${major}${minor}.0${rest}`,
    none: group(2),
  }[open];
  return { operator: operator ?? '', version: versionOf(written, budget), open };
}
