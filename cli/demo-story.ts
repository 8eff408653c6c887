// The story that `seal demo` tells: seal, commit, apply, compare, tamper, rename. A step that does not hold ends it.

import { clusterCertificate } from '../keys/cluster-certificate.ts';
import { base64Encode } from '../src/encoding/base64.ts';
import { SealError } from '../src/errors.ts';
import type { KubeApi } from '../src/kube/api.ts';
import { isNotFound } from '../src/kube/errors.ts';
import type { SealedSecret, Secret } from '../src/kube/objects.ts';
import { resources } from '../src/kube/resources.ts';
import { parseManifest } from '../src/manifest/documents.ts';
import { printManifest } from '../src/manifest/print.ts';
import { sealingCertificate } from '../src/seal/certificate.ts';
import { sealSecret } from '../src/seal/seal.ts';
import type { Context } from './context.ts';
import { commitToGit } from './demo-git.ts';
import type { LocalCluster } from './local-cluster.ts';
import { waitUntil } from './wait.ts';

const namespace = 'shop';
const name = 'db-credentials';

interface Story {
  api: KubeApi;
  context: Context;
  /** What must come out in the end: item → base64. */
  data: Record<string, string>;
  say(line: string): void;
  /** Ends the story unless `holds`. */
  verify(holds: boolean, what: string): void;
}

/** Tells it on standard output. Throws `SealError` (`DEMO_FAILED`) at the first step that does not hold. */
export async function tellStory({ api, url }: LocalCluster, context: Context): Promise<void> {
  const started = context.clock.monotonicMs();
  const story = storyOf(api, context);
  const { say } = story;
  say(`1  A cluster and the controller run on this machine: ${url}`);
  const secret = plainSecret(story.data);
  say(
    `2  A plain Secret ${namespace}/${name} with the items ${Object.keys(story.data).join(' and ')}. It must never be committed.`,
  );
  const manifest = await sealIt(story, secret);
  await commitIt(story, manifest);
  await applyIt(story, manifest);
  await tamperWithIt(story);
  await renameIt(story, manifest);
  say(`\nEvery step was verified, in ${((context.clock.monotonicMs() - started) / 1000).toFixed(1)} seconds.`);
}

function storyOf(api: KubeApi, context: Context): Story {
  const data = {
    username: base64Encode(bytes('shop')),
    password: base64Encode(bytes(context.random() + context.random())),
  };
  return {
    api,
    context,
    data,
    say: (line) => context.streams.out.write(`${line}\n`),
    verify(holds, what) {
      if (!holds) throw new SealError('DEMO_FAILED', `the demo stops: ${what}`);
      context.streams.out.write(`   ✓ ${what}\n`);
    },
  };
}

const bytes = (text: string) => new TextEncoder().encode(text);

function plainSecret(data: Record<string, string>): Secret {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, data };
}

async function sealIt({ api, context, data, say, verify }: Story, secret: Secret): Promise<string> {
  say('3  It is sealed with the certificate of the cluster. Only the controller has the key.\n');
  const now = context.clock.now();
  const { pem } = await clusterCertificate(api, { signal: context.signal });
  const sealed = await sealSecret(secret, { certificate: await sealingCertificate(pem, { now }), now });
  const manifest = printManifest(sealed, 'yaml');
  for (const line of manifest.trimEnd().split('\n')) say(`     ${line.length > 72 ? `${line.slice(0, 71)}…` : line}`);
  say('');
  verify(
    !Object.values(data).some((value) => manifest.includes(value)),
    'no value is in the manifest; it may be committed',
  );
  return manifest;
}

async function commitIt({ context, data, say, verify }: Story, manifest: string): Promise<void> {
  const committed = await commitToGit({ file: `${name}.yaml`, content: manifest }, context);
  if (committed === undefined) return say('4  There is no git here, so the commit is left out.');
  say(`4  It is committed to a Git repository: ${committed.log}`);
  verify(committed.content === manifest, 'the repository has exactly this manifest');
  verify(!Object.values(data).some((value) => committed.content.includes(value)), 'and nothing secret');
}

async function applyIt({ api, context, data, say, verify }: Story, manifest: string): Promise<void> {
  say('5  It is applied to the cluster, as a GitOps engine would do.');
  await api.create(resources.namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const applied = context.clock.monotonicMs();
  await api.apply(resources.sealedSecret, objectOf(manifest));
  const secret = await waitUntil(context, 'the Secret is made', () => secretNamed(api, name));
  const took = sinceMs(context, applied);
  verify(
    true,
    `the controller made Secret ${namespace}/${name} ${took} ms later, with ${Object.keys(secret.data ?? {}).join(' and ')}`,
  );
  verify(isEqual(secret.data, data), 'its values equal what was sealed, byte for byte');
  verify(
    secret.metadata.ownerReferences?.[0]?.kind === 'SealedSecret',
    'it belongs to the SealedSecret and will go with it',
  );
  await waitUntil(context, 'the SealedSecret is Ready', async () =>
    (await readyOf(api, name))?.status === 'True' ? true : undefined,
  );
  verify(true, 'the SealedSecret says Ready');
}

async function tamperWithIt(story: Story): Promise<void> {
  const { api, context, data, say, verify } = story;
  say('6  Somebody edits the Secret in the cluster by hand, and then deletes it.');
  const tampered = { ...data, password: base64Encode(bytes('changed by hand')) };
  await api.mergePatch(resources.secret, { namespace, name }, { data: tampered }, { fieldManager: 'kubectl-edit' });
  const edited = context.clock.monotonicMs();
  await waitForEqual(story, 'the edit is put right');
  verify(true, `${sinceMs(context, edited)} ms later the values are as sealed again`);
  const { metadata } = await api.get<Secret>(resources.secret, { namespace, name });
  await api.delete(resources.secret, { namespace, name });
  const deleted = context.clock.monotonicMs();
  const remade = await waitForEqual(story, 'the deleted Secret is made again');
  verify(remade.metadata.uid !== metadata.uid, `deleted, it is made again ${sinceMs(context, deleted)} ms later`);
}

function waitForEqual({ api, context, data }: Story, what: string): Promise<Secret> {
  return waitUntil(context, what, async () => {
    const secret = await secretNamed(api, name);
    return secret && isEqual(secret.data, data) ? secret : undefined;
  });
}

function sinceMs({ clock }: Context, start: number): number {
  return Math.round(clock.monotonicMs() - start);
}

async function renameIt({ api, context, say, verify }: Story, manifest: string): Promise<void> {
  say('7  Somebody copies the manifest under another name, to get at the values elsewhere.');
  const copy = objectOf(manifest);
  const stolen = 'stolen-credentials';
  await api.apply(resources.sealedSecret, { ...copy, metadata: { ...copy.metadata, name: stolen } });
  const ready = await waitUntil(context, 'the copy is refused', async () => {
    const condition = await readyOf(api, stolen);
    return condition?.status === 'False' ? condition : undefined;
  });
  say(`     Ready=False, ${ready.reason}: ${ready.message}`);
  verify((await secretNamed(api, stolen)) === undefined, 'it is refused with a reason, and no Secret was made');
}

function objectOf(manifest: string): SealedSecret {
  const [document] = parseManifest(manifest, { file: 'the demo' }).documents;
  return document?.read().value as SealedSecret;
}

async function secretNamed(api: KubeApi, secret: string): Promise<Secret | undefined> {
  try {
    return await api.get<Secret>(resources.secret, { namespace, name: secret });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

async function readyOf(api: KubeApi, sealedSecret: string) {
  const { status } = await api.get<SealedSecret>(resources.sealedSecret, { namespace, name: sealedSecret });
  return status?.conditions?.find(({ type }) => type === 'Ready');
}

function isEqual(a: Record<string, string> = {}, b: Record<string, string> = {}): boolean {
  const text = (data: Record<string, string>) => JSON.stringify(Object.entries(data).sort());
  return text(a) === text(b);
}
