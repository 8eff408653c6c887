// A whole controller for the kinds of external-secrets.io on a real API server, under exactly the rights that we ship.

import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { createClient } from '../../../src/kube/client.ts';
import { loadClusterConfig } from '../../../src/kube/config.ts';
import type { ExternalSecret } from '../../../src/kube/external-secrets.ts';
import { resources } from '../../../src/kube/resources.ts';
import { systemClock } from '../../../src/kube/system-clock.ts';
import type { CallReport } from '../../../src/kube/transport.ts';
import { checkExternalStatus, type Words, wordsIn } from '../../controller/support/external.ts';
import { asUser, type House, houseOn, type Running, type Stage, writingWith } from '../../controller/support/house.ts';
import type { Client } from './real.ts';

const markers = ['s3cret', 'hunter2', 'rotated-marker'];

async function stageOn(cluster: Client): Promise<Stage> {
  const clientOf = async (kubeconfig: string, onCall?: (report: CallReport) => void) => {
    const config = await loadClusterConfig({ env: {}, cwd: '/', clock: systemClock }, { kubeconfig });
    return createClient({ config, clock: systemClock, random: Math.random, onCall });
  };
  await Promise.all(['cluster', 'external-secrets'].map((name) => cluster.applyDeploy(`rbac/${name}.yaml`)));
  const kubeconfig = await cluster.serviceAccountKubeconfig('kube-system', 'sealwright');
  const user = asUser(await clientOf(cluster.kubeconfig));
  // A field that the definitions do not know would be dropped without a word: here it is refused.
  const controllerClient: Stage['controllerClient'] = async (onCall) =>
    writingWith(await clientOf(kubeconfig, onCall), { fieldValidation: 'Strict' });
  return { user, controllerClient, close: () => user.close() };
}

/** What the suites begin with: a controller, and a namespace for each test. `settings` are its flags. */
export function onStage(cluster: Client, settings: () => Record<string, readonly string[]> = () => ({})) {
  const scene = {} as { house: House; controller: Running; words: Words };
  const told: string[] = [];
  beforeAll(async () => {
    const stage = await stageOn(cluster);
    // What an earlier suite of the file left would be looked at here as well, and counted.
    await cluster.kubectlOk(['delete', 'es,ss,css,ces', '--all', '-A', '--wait=false']);
    scene.house = houseOn(stage, { settings: { kinds: ['externalsecrets'], ...settings() } });
    scene.controller = await scene.house.start();
    await scene.controller.ready;
  });
  beforeEach(async () => {
    await rest();
    scene.words = wordsIn(scene.house.kube, (await scene.house.scene()).namespace);
  });
  const rest = async () => {
    if (!scene.words) return;
    const { namespace } = scene.words;
    const { items } = await scene.house.kube.list<ExternalSecret>(resources.externalSecret, { namespace });
    for (const item of items) {
      if (item.status?.conditions) checkExternalStatus(item);
      told.push(JSON.stringify(item.status));
      await scene.house.kube.delete(resources.externalSecret, { namespace, name: item.metadata.name ?? '' });
    }
    told.push(...(await scene.words.events()));
  };
  afterAll(async () => {
    await rest();
    const { lines } = scene.house;
    await scene.house.end(markers);
    const shown = [...told, ...lines].filter((line) => markers.some((marker) => line.includes(marker)));
    expect(shown).toEqual([]);
    expect(lines.filter((line) => line.includes('KUBE_FORBIDDEN'))).toEqual([]);
  });
  return scene;
}
