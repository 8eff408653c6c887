// Deletion: finalizers, preconditions, dependents of owners, and namespaces that end.

import { expect, it } from 'vitest';
import { configMap, expectDone, expectRefusal, gadget, type Json, type Lab, mergePatchType, secret } from '../lab.ts';

const background = { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' };

const ownedBy = (owner: Json, more: Json = {}) => ({
  metadata: {
    ownerReferences: [
      { apiVersion: owner.apiVersion, kind: owner.kind, name: owner.metadata.name, uid: owner.metadata.uid, ...more },
    ],
  },
});

export function deletionCases(lab: () => Lab): void {
  it('a deleted object is answered with its identity and is gone', async () => {
    const path = await lab().secrets();
    const created = expectDone(await lab().post(path, secret('a')), 201);
    const status = expectDone(await lab().delete(`${path}/a`), 200);
    expect(status).toMatchObject({
      kind: 'Status',
      status: 'Success',
      details: { name: 'a', kind: 'secrets', uid: created.metadata.uid },
    });
    expectRefusal(await lab().get(`${path}/a`), 404, 'NotFound');
    expectRefusal(await lab().delete(`${path}/a`), 404, 'NotFound', 'secrets "a" not found');
  });

  it('a delete meant for another object of the same name conflicts', async () => {
    const path = await lab().secrets();
    const created = expectDone(await lab().post(path, secret('a')), 201);
    const other = { preconditions: { uid: '11111111-2222-3333-4444-555555555555' } };
    expectRefusal(
      await lab().delete(`${path}/a`, other),
      409,
      'Conflict',
      /^Operation cannot be fulfilled on Secret "a": the UID in the precondition \(11111111-.*\) does not match the UID in record \(.*\)\. The object might have been deleted and then recreated$/,
    );
    expectRefusal(
      await lab().delete(`${path}/a`, { preconditions: { resourceVersion: '1' } }),
      409,
      'Conflict',
      /the ResourceVersion in the precondition \(1\) does not match the ResourceVersion in record \(\d+\)\. The object might have been modified$/,
    );
    expectDone(await lab().delete(`${path}/a`, { preconditions: { uid: created.metadata.uid } }), 200);
  });

  it('a finalizer holds a deleted object until it is taken off', async () => {
    const path = await lab().gadgets();
    expectDone(
      await lab().post(path, gadget('a', { size: 1 }, { metadata: { finalizers: ['example.com/hold'] } })),
      201,
    );
    const held = expectDone(await lab().delete(`${path}/a`), 200);
    expect(held.kind).toBe('Gadget');
    expect(held.metadata).toMatchObject({ deletionGracePeriodSeconds: 0, generation: 2 });
    expect(held.metadata.deletionTimestamp).toBeTruthy();
    const again = expectDone(await lab().delete(`${path}/a`), 200);
    expect(again.metadata.deletionTimestamp).toBe(held.metadata.deletionTimestamp);
    const more = { metadata: { finalizers: ['example.com/hold', 'example.com/more'] } };
    expectRefusal(
      await lab().patch(`${path}/a`, mergePatchType, more),
      422,
      'Invalid',
      /metadata\.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers \[\]string\{"example\.com\/more"\}/,
    );
    expectDone(await lab().patch(`${path}/a`, mergePatchType, { metadata: { finalizers: null } }), 200);
    expectRefusal(await lab().get(`${path}/a`), 404, 'NotFound');
  });

  it('what an owner made goes with it', async () => {
    const namespace = await lab().namespace();
    const maps = `/api/v1/namespaces/${namespace}/configmaps`;
    const secrets = `/api/v1/namespaces/${namespace}/secrets`;
    const owner = expectDone(await lab().post(maps, configMap('owner')), 201);
    expectDone(await lab().post(secrets, secret('owned', {}, ownedBy(owner))), 201);
    expectDone(await lab().delete(`${maps}/owner`, background), 200);
    await lab().gone(`${secrets}/owned`);
  });

  it('what has another owner stays and forgets the first', async () => {
    const namespace = await lab().namespace();
    const maps = `/api/v1/namespaces/${namespace}/configmaps`;
    const [one, two] = [
      expectDone(await lab().post(maps, configMap('one')), 201),
      expectDone(await lab().post(maps, configMap('two')), 201),
    ];
    const owners = [...ownedBy(one).metadata.ownerReferences, ...ownedBy(two).metadata.ownerReferences];
    expectDone(await lab().post(maps, configMap('owned', {}, { ownerReferences: owners })), 201);
    expectDone(await lab().delete(`${maps}/one`, background), 200);
    const left = async () => expectDone(await lab().get(`${maps}/owned`), 200).metadata.ownerReferences;
    await lab().until(async () => (await left()).length === 1);
    expect(await left()).toMatchObject([{ name: 'two' }]);
  });

  it('orphans stay without their owner', async () => {
    const namespace = await lab().namespace();
    const maps = `/api/v1/namespaces/${namespace}/configmaps`;
    const owner = expectDone(await lab().post(maps, configMap('owner')), 201);
    expectDone(await lab().post(maps, configMap('owned', {}, ownedBy(owner).metadata)), 201);
    await settled(lab(), maps);
    expectDone(await lab().delete(`${maps}/owner`, { ...background, propagationPolicy: 'Orphan' }), 200);
    await lab().gone(`${maps}/owner`);
    expect(expectDone(await lab().get(`${maps}/owned`), 200).metadata.ownerReferences).toBeUndefined();
  });

  it('in the foreground the owner goes last', async () => {
    const namespace = await lab().namespace();
    const maps = `/api/v1/namespaces/${namespace}/configmaps`;
    const owner = expectDone(await lab().post(maps, configMap('owner')), 201);
    const metadata = { ...ownedBy(owner, { blockOwnerDeletion: true }).metadata, finalizers: ['example.com/hold'] };
    expectDone(await lab().post(maps, configMap('owned', {}, metadata)), 201);
    await settled(lab(), maps);
    const held = expectDone(
      await lab().delete(`${maps}/owner`, { ...background, propagationPolicy: 'Foreground' }),
      200,
    );
    expect(held.metadata.finalizers).toEqual(['foregroundDeletion']);
    await lab().until(async () =>
      Boolean(expectDone(await lab().get(`${maps}/owned`), 200).metadata.deletionTimestamp),
    );
    expectDone(await lab().get(`${maps}/owner`), 200);
    expectDone(await lab().patch(`${maps}/owned`, mergePatchType, { metadata: { finalizers: null } }), 200);
    await lab().gone(`${maps}/owner`);
  });

  it('an object whose owner never was is removed', async () => {
    const path = await lab().secrets();
    const ghost = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'ghost', uid: '11111111-2222-3333-4444-555555555555' },
    };
    expectDone(await lab().post(path, secret('owned', {}, ownedBy(ghost))), 201);
    await lab().gone(`${path}/owned`);
  });

  it('an owner reference needs a uid', async () => {
    const path = await lab().secrets();
    const ghost = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'ghost', uid: '' } };
    expectRefusal(
      await lab().post(path, secret('a', {}, ownedBy(ghost))),
      422,
      'Invalid',
      /metadata\.ownerReferences\[?0?\]?\.uid: Invalid value: "": .*must not be empty/,
    );
  });

  it('a namespace takes its contents with it', async () => {
    const path = await lab().secrets();
    const namespace = path.split('/')[4];
    expectDone(await lab().post(path, secret('held', {}, { metadata: { finalizers: ['example.com/hold'] } })), 201);
    const ending = expectDone(await lab().delete(`/api/v1/namespaces/${namespace}`), 200);
    expect(ending).toMatchObject({ kind: 'Namespace', status: { phase: 'Terminating' } });
    await lab().until(async () => Boolean(expectDone(await lab().get(`${path}/held`), 200).metadata.deletionTimestamp));
    const reply = await lab().post(path, secret('late'));
    expectRefusal(
      reply,
      403,
      'Forbidden',
      `secrets "late" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`,
    );
    expect(reply.body.details.causes).toEqual([
      {
        reason: 'NamespaceTerminating',
        message: `namespace ${namespace} is being terminated`,
        field: 'metadata.namespace',
      },
    ]);
    expectDone(await lab().patch(`${path}/held`, mergePatchType, { metadata: { finalizers: null } }), 200);
    await lab().gone(`/api/v1/namespaces/${namespace}`);
  });

  it('a namespace that is held by a finalizer of its own waits, and is written no more', async () => {
    const path = `/api/v1/namespaces/${await lab().namespace()}`;
    const hold = { metadata: { finalizers: ['example.com/hold'] } };
    expectDone(await lab().patch(path, mergePatchType, hold), 200);
    expectDone(await lab().delete(path), 200);
    await lab().until(async () => !expectDone(await lab().get(path), 200).spec?.finalizers?.length);
    const versions = [];
    for (let turn = 0; turn < 5; turn++) {
      versions.push(expectDone(await lab().get(path), 200).metadata.resourceVersion);
    }
    expect(new Set(versions).size).toBe(1);
    expectDone(await lab().patch(path, mergePatchType, { metadata: { finalizers: null } }), 200);
    await lab().gone(path);
  });

  it('the namespace default stays', async () => {
    expectRefusal(
      await lab().delete('/api/v1/namespaces/default'),
      403,
      'Forbidden',
      'namespaces "default" is forbidden: this namespace may not be deleted',
    );
  });
}

/**
 * The collector of a real cluster learns of dependents by watching; a dependent of a vanished owner that it has removed
 * shows that it has seen everything before.
 */
async function settled(lab: Lab, maps: string): Promise<void> {
  const ghost = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'ghost', uid: '11111111-2222-3333-4444-555555555555' },
  };
  expectDone(await lab.post(maps, configMap('marker', {}, ownedBy(ghost).metadata)), 201);
  await lab.gone(`${maps}/marker`);
}
