// A controller that has to end before it has begun: whatever it waits for then, it writes nothing any more.

import { afterEach, describe, expect, it } from 'vitest';
import { externalDefinitions, wordsIn } from './support/external.ts';
import { embeddedStage, type House, houseOn, storeKey } from './support/house.ts';

let house: House;
afterEach(async () => {
  await house.end();
});

describe('a controller that is stopped while it begins', () => {
  it('starts no worker any more, also where its first ones take their time to end', async () => {
    const [begun, goOn] = gate();
    const [ended, goOut] = gate();
    const asked = new Set<string>();
    const waits: [name: string, is: (call: { method: string; path: string }) => boolean, until: Promise<void>][] = [
      ['start', ({ path }) => path.startsWith('/openapi/v3/apis/external-secrets.io'), begun],
      ['write', ({ method, path }) => method === 'POST' && /\/scene-[^/]+\/secrets$/.test(path), ended],
    ];
    const stage = await embeddedStage({
      definitions: externalDefinitions(),
      intercept: async (call) => {
        for (const [name, is, until] of waits) {
          if (!is(call)) continue;
          asked.add(name);
          await until;
        }
        return undefined;
      },
    });
    await storeKey(stage.user, 'rsa2048');
    house = houseOn(stage, { settings: { kinds: ['sealedsecrets', 'externalsecrets'] } });
    const scene = await house.scene();
    await scene.create(await scene.seal({ values: { password: 's3cret' } }));
    const { getExternal, external } = wordsIn(stage.user, scene.namespace);
    await external('api', { data: [{ secretKey: 'a', remoteRef: { key: 'a' } }] });
    const controller = await house.start();
    await expect.poll(() => asked.size).toBe(2);
    const stopped = controller.stop();
    goOn();
    // Time enough for a start: calls of ours go the same way as its own.
    for (let call = 0; call < 50; call++) await getExternal('api');
    goOut();
    await stopped;
    expect((await getExternal('api'))?.status?.conditions).toBeUndefined();
    expect(await scene.values()).toEqual({ password: 's3cret' });
  });
});

function gate(): [Promise<void>, () => void] {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return [opened, open];
}
