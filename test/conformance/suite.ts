// The conformance suite: what Sealwright and its users rely on of an API server, run on the embedded and on the real one.

import { afterAll, beforeAll, describe } from 'vitest';
import { accessCases } from './cases/access.ts';
import { applyCases } from './cases/apply.ts';
import { definitionCases } from './cases/definitions.ts';
import { deletionCases } from './cases/deletion.ts';
import { discoveryCases } from './cases/discovery.ts';
import { kindCases } from './cases/kinds.ts';
import { kubectlCases } from './cases/kubectl.ts';
import { listCases } from './cases/lists.ts';
import { objectCases } from './cases/objects.ts';
import { patchCases } from './cases/patches.ts';
import { refusalCases } from './cases/refusals.ts';
import { secretCases } from './cases/secrets.ts';
import { watchCases } from './cases/watches.ts';
import type { Connection } from './connection.ts';
import { Lab } from './lab.ts';

/** Defines every case for the server that `connect` reaches. Where the two servers differ, the real one is right. */
export function defineConformance(connect: () => Promise<Connection>): void {
  let lab: Lab | undefined;
  const ready = () => {
    if (!lab) throw new Error('the server under test is not there');
    return lab;
  };
  beforeAll(async () => {
    lab = new Lab(await connect());
    await lab.installGadgets();
  });
  afterAll(async () => {
    await lab?.delete('/apis/apiextensions.k8s.io/v1/customresourcedefinitions/gadgets.conformance.sealwright.dev');
    await lab?.connection.close();
  });
  describe('objects', () => objectCases(ready));
  describe('refusals', () => refusalCases(ready));
  describe('Secrets', () => secretCases(ready));
  describe('other kinds', () => kindCases(ready));
  describe('patches', () => patchCases(ready));
  describe('server-side apply', () => applyCases(ready));
  describe('lists', () => listCases(ready));
  describe('watches', () => watchCases(ready));
  describe('custom kinds', () => definitionCases(ready));
  describe('deletion', () => deletionCases(ready));
  describe('access', () => accessCases(ready));
  describe('discovery', () => discoveryCases(ready));
  describe('kubectl', () => kubectlCases(ready));
}
