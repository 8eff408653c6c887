// The table of functions is what docs/templates.md says, and none of them is refused as well.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { refusedFunctions } from '../../../../src/template/functions/refused.ts';
import { functionTable } from '../../../../src/template/functions/table.ts';

const page = readFileSync(fileURLToPath(new URL('../../../../docs/templates.md', import.meta.url)), 'utf8');

test('docs/templates.md names every function, and no other', () => {
  const rows = page.split('\n').filter((line) => line.startsWith('| ') && line.includes('`'));
  const named = rows.flatMap((row) => [...row.matchAll(/`([^`]+)`/g)].map(([, name]) => name));
  // The evaluator has these two, which do not look at all their arguments.
  expect(named.toSorted()).toEqual([...Object.keys(functionTable), 'and', 'or'].toSorted());
});

test('what is refused is not there', () => {
  expect(Object.keys(refusedFunctions).filter((name) => Object.hasOwn(functionTable, name))).toEqual([]);
});
