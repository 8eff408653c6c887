// The table of findings: codes, words and pages that fit together.

import { describe, expect, it } from 'vitest';
import type { FindingKind } from '../../../../src/repository/finding.ts';
import { findingKinds } from '../../../../src/repository/findings/all.ts';
import { checkFindings } from '../../../../src/repository/findings/check.ts';
import { matrixFindings } from '../../../../src/repository/findings/matrix.ts';
import { scanFindings } from '../../../../src/repository/findings/scan.ts';
import { schemaFindings } from '../../../../src/repository/findings/schema.ts';

const families: [string, Readonly<Record<string, FindingKind>>][] = [
  ['SW1', checkFindings],
  ['SW2', schemaFindings],
  ['SW3', scanFindings],
  ['SW4', matrixFindings],
];

describe('kinds of findings', () => {
  it('each have a code of their own, in the range of their family', () => {
    const all = families.flatMap(([, family]) => Object.values(family));
    expect(findingKinds.size).toBe(all.length);
    for (const [prefix, family] of families)
      for (const { code } of Object.values(family)) expect(code).toMatch(new RegExp(`^${prefix}\\d\\d$`));
  });

  it.each([...findingKinds.values()])('$code says what it is, why it matters and how it is mended', (kind) => {
    expect(kind.title).toMatch(/^[^\s].*[^.]$/);
    for (const text of [kind.what, kind.why, kind.mend]) expect(text).toMatch(/^[A-Z`][\s\S]*[.`]$/);
  });
});
