// Whatever happens, in whatever order, and wherever the controller is killed: in the end the Secret is what the object asks for.

import fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import { systemClock } from '../../src/kube/system-clock.ts';
import { hurried } from '../support/clock.ts';
import { runs } from '../support/property.ts';
import { embeddedStage, type House, houseOn, type Running, type Scene, storeKey } from './support/house.ts';

let house: House;
let controller: Running;
let server: { compact(): void; dropWatches(): void };

async function open(grace: string) {
  const stage = await embeddedStage();
  server = stage.server;
  await storeKey(stage.user, 'rsa2048');
  // A kill can cost a backoff, and that is not what this is about.
  house = houseOn(stage, { settings: { 'deletion-grace': [grace] }, clock: hurried(systemClock, 20) });
  controller = await house.start();
  await controller.ready;
}
afterEach(async () => {
  await house.end();
});

type Deed = (scene: Scene, pause: number) => Promise<unknown>;

const ignoringRefusals =
  (deed: Deed): Deed =>
  (scene, pause) =>
    deed(scene, pause).catch(() => undefined);

const deeds: Record<string, Deed> = {
  'apply one value': async (scene) => scene.apply(await scene.seal({ values: { user: 'admin' } })),
  'apply another': async (scene) => scene.apply(await scene.seal({ values: { password: 'hunter2', port: '1' } })),
  'apply an immutable one': async (scene) =>
    scene.apply(await scene.seal({ values: { user: 'root' }, template: { immutable: true } })),
  'apply what cannot open': async (scene) => scene.apply(await scene.seal({ values: { user: 'x' }, sealedName: 'no' })),
  'edit the Secret': (scene) => scene.editSecret({ user: 'oops', extra: 'x' }),
  'take the owner off the Secret': (scene) => scene.editSecret({}, { ownerReferences: null }),
  'delete the Secret': (scene) => scene.deleteSecret(),
  'delete the object': (scene) => scene.remove(),
  'make a foreign Secret': (scene) => scene.createSecret({ a: 'foreign' }),
  'cut the watches': async () => server.dropWatches(),
  'forget the history': async () => {
    server.compact();
    server.dropWatches();
  },
  'kill the controller': async () => {
    await controller.kill();
    controller = await house.start();
  },
};

it.each([
  ['0', 'owned by its object'],
  ['1d', 'owned by nobody'],
])('any order of deeds ends in the same state: with a grace of %s, %s', async (grace) => {
  await open(grace);
  const name = fc.constantFrom(...Object.keys(deeds));
  const story = fc.array(fc.tuple(name, fc.nat({ max: 3 })), { minLength: 3, maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(story, async (steps) => {
      const scene = await house.scene();
      for (const [deed, pause] of steps) {
        await ignoringRefusals(deeds[deed] as Deed)(scene, pause);
        // Some deeds meet the controller at rest, others in the middle of its work.
        for (let turn = 0; turn < pause * 4; turn++) await new Promise((resolve) => setImmediate(resolve));
        if (pause === 3) await controller.idle();
      }
      await scene.apply(
        await scene.seal({
          values: { user: 'admin', password: 's3cret' },
          annotations: { 'sealwright.dev/adopt': 'true' },
        }),
      );
      await scene.untilReady('True', 'Unsealed');
      await scene.untilValues({ user: 'admin', password: 's3cret' });
      const [secret, object] = [await scene.getSecret(), await scene.getSealed()];
      expect(secret?.metadata.ownerReferences?.map(({ uid }) => uid)).toEqual(
        grace === '0' ? [object?.metadata.uid] : undefined,
      );
      await house.clear();
    }),
    { numRuns: runs(6), endOnFailure: true },
  );
});
