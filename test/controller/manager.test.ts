// The whole controller against the embedded API server: one SealedSecret's life.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type House, sealed, startHouse } from './support/house.ts';

describe('a SealedSecret in the cluster', () => {
  let house: House;
  beforeEach(async () => {
    house = await startHouse();
  });
  afterEach(async () => {
    await house.end();
  });

  it('becomes a Secret with its values, owned by it, for one create, one status and one event', async () => {
    const controller = await house.start();
    await controller.ready;
    controller.reset();
    const applied = await house.apply(await sealed({ values: { user: 'admin', password: 's3cret' } }));
    await house.untilReady('True', 'Unsealed');
    await controller.idle();
    const secret = await house.getSecret();
    expect(await house.values()).toEqual({ user: 'admin', password: 's3cret' });
    expect(secret?.metadata.ownerReferences).toEqual([
      {
        apiVersion: 'bitnami.com/v1alpha1',
        kind: 'SealedSecret',
        name: 'db',
        uid: applied.metadata.uid,
        controller: true,
      },
    ]);
    expect(controller.calls.sort()).toEqual(['create events', 'create secrets', 'patch sealedsecrets']);
    expect(await house.events()).toEqual(['Normal Unsealed: Secret db made, with 2 items']);
  });
});
