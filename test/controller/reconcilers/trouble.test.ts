// Which objects are failing, and since when.

import { expect, it } from 'vitest';
import { failingOf, staleSeconds } from '../../../controller/reconcilers/trouble.ts';
import type { Condition } from '../../../src/kube/objects.ts';

const now = new Date('2026-11-21T00:01:00Z');
const at = (seconds: number) => new Date(now.getTime() - seconds * 1000).toISOString();
const kept = (...conditions: Condition[]) => ({
  uid: 'u',
  resourceVersion: '1',
  object: { apiVersion: 'example.com/v1', kind: 'Stored', metadata: { name: 'x' }, status: { conditions } },
});
const ready: Condition = { type: 'Ready', status: 'True' };
const stale = (seconds: number): Condition => ({ type: 'Stale', status: 'True', lastTransitionTime: at(seconds) });
const objects = new Map([
  ['app/good', kept(ready)],
  ['app/stale', kept(ready, stale(40))],
  ['app/staler', kept({ type: 'Ready', status: 'False' }, stale(50))],
  ['app/new', kept()],
]);

it('are those that are not ready or stale, of all or of some', () => {
  expect(failingOf(objects)).toEqual(['app/stale', 'app/staler', 'app/new']);
  expect(failingOf(objects, ['app/good', 'app/stale', 'app/gone'])).toEqual(['app/stale']);
  expect(failingOf(objects, [])).toEqual([]);
});

it('fail since the longest of them does', () => {
  expect(staleSeconds(objects, now)).toBe(50);
  expect(staleSeconds(new Map(), now)).toBe(0);
});
