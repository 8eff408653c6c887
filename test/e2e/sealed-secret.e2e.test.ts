// The same stories on a real API server, with the controller under exactly the rights that we ship.

import { expect, it, onTestFailed } from 'vitest';
import { parseCertificates } from '../../src/seal/certificate.ts';
import { houseOn, storeKey } from '../controller/support/house.ts';
import { tellStories } from '../controller/support/stories.ts';
import { describeOnCluster } from './support/real.ts';
import { stageOn } from './support/sealed-stage.ts';

describeOnCluster('a SealedSecret on a real API server', (cluster) => {
  tellStories(async () => {
    const stage = await stageOn(cluster);
    await storeKey(stage.user, 'rsa2048');
    return houseOn(stage);
  });
});

describeOnCluster('a controller for one namespace, with leader election', (cluster) => {
  it('makes its first key, and Secrets, with the rights of that namespace alone', async () => {
    const namespace = await cluster.freshNamespace();
    const stage = await stageOn(cluster, namespace);
    const settings = { namespace: [namespace], 'leader-elect': ['true'] };
    const house = houseOn(stage, { settings, home: namespace });
    onTestFailed(() => console.error(house.lines.join('')));
    const controller = await house.start();
    await controller.leading;
    const [certificate] = await parseCertificates(await (await fetch(`${controller.urls.api}/v1/cert.pem`)).text());
    const scene = house.sceneIn(namespace);
    await scene.create(await scene.seal({ values: { password: 's3cret' }, certificate }));
    await scene.untilReady('True', 'Unsealed');
    await scene.deleteSecret();
    await scene.untilValues({ password: 's3cret' });
    expect(house.lines.filter((line) => line.includes('KUBE_FORBIDDEN'))).toEqual([]);
    await house.end();
  });
});

describeOnCluster('a controller with --deletion-grace', (cluster) => {
  it('removes Secrets itself, with its own rights, and none of what comes back in time', async () => {
    const stage = await stageOn(cluster);
    await storeKey(stage.user, 'rsa2048');
    const house = houseOn(stage, { settings: { 'deletion-grace': ['1s'] } });
    const controller = await house.start();
    await controller.ready;
    const scene = await house.scene();
    const object = await scene.seal({ values: { password: 's3cret' } });
    await scene.create(object);
    await scene.untilReady('True', 'Unsealed');
    const before = await scene.getSecret();
    expect(before?.metadata.ownerReferences).toBeUndefined();
    await scene.remove();
    await scene.create(object);
    await scene.untilReady('True', 'Unsealed');
    expect((await scene.getSecret())?.metadata.uid).toBe(before?.metadata.uid);
    await scene.remove();
    await scene.untilSecret((secret) => secret === undefined);
    expect(house.lines.filter((line) => line.includes('KUBE_FORBIDDEN'))).toEqual([]);
    await house.end();
  });
});
