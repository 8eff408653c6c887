// The installed command as a controller, killed at random points while the cluster changes: nothing is lost, and it converges.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createClient } from '../../src/kube/client.ts';
import { loadClusterConfig } from '../../src/kube/config.ts';
import type { Secret } from '../../src/kube/objects.ts';
import { resources } from '../../src/kube/resources.ts';
import { systemClock } from '../../src/kube/system-clock.ts';
import { asUser, sealed, storeKey } from '../controller/support/house.ts';
import { type Client, describeOnCluster, eventually, type Program, start } from './support/real.ts';

const command = fileURLToPath(new URL('../../dist/seal.cjs', import.meta.url));
const count = 60;

describeOnCluster('the controller as a process', (cluster: Client) => {
  let user: ReturnType<typeof asUser>;
  let kubeconfig: string;
  let running: Program | undefined;
  beforeAll(async () => {
    if (!existsSync(command)) throw new Error('dist/seal.cjs is not there: npm run build');
    await cluster.applyDeploy('rbac/cluster.yaml');
    kubeconfig = await cluster.serviceAccountKubeconfig('kube-system', 'sealwright');
    const config = await loadClusterConfig(
      { env: {}, cwd: '/', clock: systemClock },
      { kubeconfig: cluster.kubeconfig },
    );
    user = asUser(createClient({ config, clock: systemClock, random: Math.random }));
    await storeKey(user, 'rsa2048');
  });
  afterAll(async () => {
    await running?.stop();
    await user?.close();
  });

  const run = async () => {
    const anywhere = '127.0.0.1:0';
    const settings = [
      '--controller-namespace',
      'kube-system',
      '--listen-address',
      anywhere,
      '--metrics-address',
      anywhere,
    ];
    running = await start(process.execPath, [command, 'controller', '--kubeconfig', kubeconfig, ...settings], {
      name: 'sealwright-controller',
    });
  };

  it('converges after being killed again and again', async () => {
    const namespace = await cluster.freshNamespace();
    const names = Array.from({ length: count }, (_, index) => `s${index}`);
    const apply = async (name: string, value: string) =>
      user.apply(resources.sealedSecret, await sealed({ namespace, name, values: { value, other: 'x' } }), {
        fieldManager: 'gitops',
      });
    await run();
    for (const [index, name] of names.entries()) {
      await apply(name, 'first');
      if (index % 7 === 3) await apply(names[index - 2] ?? name, 'second');
      if (index % 11 === 5)
        await user.delete(resources.secret, { namespace, name: names[index - 4] ?? name }).catch(() => {});
      if (index % 15 === 9) {
        // Its start takes a few hundred milliseconds: the moments fall before, in and after its work.
        await new Promise((resolve) => setTimeout(resolve, 150 * (index % 4)));
        await running?.stop('SIGKILL');
        await run();
      }
    }
    for (const name of names) await apply(name, 'last');
    await eventually(
      async () => {
        const { items } = await user.list<Secret>(resources.secret, { namespace });
        const right = items.filter(({ data }) => data?.value === Buffer.from('last').toString('base64') && data.other);
        expect(right.length).toBe(count);
        return true;
      },
      { timeoutMs: 40_000 },
    );
    const [secrets, objects] = await Promise.all([
      user.list<Secret>(resources.secret, { namespace }),
      user.list(resources.sealedSecret, { namespace }),
    ]);
    const uidOf = new Map(objects.items.map(({ metadata }) => [metadata.name, metadata.uid]));
    for (const { metadata } of secrets.items) {
      expect(metadata.ownerReferences?.map(({ uid }) => uid)).toEqual([uidOf.get(metadata.name)]);
    }
  });

  it('ends within ten seconds of SIGTERM, with exit code 0', async () => {
    if (!running) await run();
    expect(running?.end()).toBeUndefined();
    const started = performance.now();
    const { code } = (await running?.stop()) ?? {};
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(code).toBe(0);
    running = undefined;
  });
});
