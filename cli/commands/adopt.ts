// `seal adopt`: a live Secret becomes a sealed manifest, and the controller takes it over where it stands.

import { join } from 'node:path';
import { sealingCipher } from '../../keys/sealing-cipher.ts';
import { counted } from '../../src/counted.ts';
import { FormatError, SealError, UsageError } from '../../src/errors.ts';
import type { KubeApi } from '../../src/kube/api.ts';
import { isNotFound } from '../../src/kube/errors.ts';
import type { Secret } from '../../src/kube/objects.ts';
import { resources } from '../../src/kube/resources.ts';
import { nearest } from '../../src/nearest.ts';
import { lintSealed } from '../../src/repository/lints.ts';
import type { Certificate } from '../../src/seal/certificate.ts';
import { recordLabel } from '../../src/seal/record.ts';
import { type Scope, scopes } from '../../src/seal/scope.ts';
import { shellPath } from '../../src/shell-words.ts';
import { adopted, type TargetFile, withDocument } from '../adopting/manifest.ts';
import { checkAdoptable } from '../adopting/refusals.ts';
import { withCluster } from '../cluster.ts';
import { type Call, command } from '../command.ts';
import type { Context } from '../context.ts';
import { defaultNamespace } from '../default-namespace.ts';
import { controllerOf } from '../diagnosis/controllers.ts';
import { checkName, checkNamespace } from '../names.ts';
import { choice, flag, text } from '../options.ts';
import { reachOf } from '../reach.ts';
import { replaceFiles } from '../replacing.ts';
import type { RuledFile } from '../repository.ts';
import { forCluster } from '../ruled-cluster.ts';
import { checkPolicy, keyTold, Ruling } from '../ruling.ts';
import { sealingOptions } from '../shared-options.ts';
import { hint, note, warn } from '../ui.ts';
import { tellUnlisted } from '../unlisted.ts';

const options = {
  into: text('--into <file>', 'the file that it is written into, as its last document where there is one'),
  namespace: text('-n, --namespace <name>', "namespace of the Secret; default: the kubeconfig's"),
  dryRun: flag('--dry-run', 'print the sealed manifest and write nothing'),
  scope: choice(
    '--scope <scope>',
    scopes,
    "what the values are bound to; default: what the file's rule says, else strict",
  ),
  ...sealingOptions,
} as const;

type AdoptCall = Call<typeof options>;

/** Nothing is written into the cluster. */
export const adopt = command({
  name: 'adopt',
  summary: 'make a sealed manifest of a live Secret, for the controller to take over',
  description: `Reads a Secret of the cluster, seals its values, and writes a SealedSecret of the same name, type, labels and annotations into a file; those
of kubectl, Flux, Argo CD and Helm are left out. No value is shown, and nothing is written into the cluster. When the manifest
is applied, the controller takes the Secret over where it stands: the annotation sealwright.dev/adopt of the SealedSecret gives it
leave. It keeps its uid and its data at every moment, so nothing restarts. (The Sealed Secrets controller looks for leave on the Secret:
sealedsecrets.bitnami.com/managed: "true".)

A Secret that somebody else makes is refused, with the way on: of a Helm release, cert-manager, External Secrets Operator, Vault
Secrets Operator, service accounts. So is one that Flux or Argo CD would prune when its plain manifest goes, until it is annotated.`,
  arguments: { name: '<secret>', help: 'the Secret: secret/NAME, or NAME' },
  options,
  excess: 'one Secret at a time: seal adopt secret/NAME --into FILE',
  examples: [
    { does: 'take a Secret into the repository', run: 'seal adopt secret/db -n shop --into apps/production/db.yaml' },
    { does: 'see what would be written', run: 'seal adopt secret/db -n shop --into db.yaml --dry-run' },
  ],
  async run(call) {
    const { options: given, args, context } = call;
    const name = nameOf(args[0]);
    const path = given.into;
    if (path === undefined || path === '')
      throw new UsageError('no file is named', { hint: `seal adopt secret/${name} --into FILE` });
    if (given.namespace !== undefined) checkNamespace(given.namespace);
    const target = await targetOf(path, given.dryRun, context);
    // Its namespace is that of the Secret, which is compared with the rule once it is read.
    const ruling = new Ruling({ ...given, namespace: undefined }, context);
    await ruling.checkWritten(path);
    const ruled = await ruling.about(path);
    const { cluster, ...clustered } = given;
    const chosen = forCluster(clustered, ruled, cluster);
    const namespace = given.namespace ?? (await defaultNamespace(context, chosen)).namespace;
    await withCluster(chosen, context, async (api) => {
      const secret = await liveSecret(api, { namespace, name });
      checkAdoptable(secret);
      const reach = reachOf(chosen);
      await seal(secret, target, { ...call, ruling, ruled, reach });
      await tellOfReference(api, secret, { context, reach });
    });
  },
});

function nameOf(word: string | undefined): string {
  if (word === undefined) throw new UsageError('no Secret is named', { hint: 'seal adopt secret/NAME --into FILE' });
  const [, kind, name = ''] = /^(?:([^/]*)\/)?([^/]*)$/.exec(word) ?? [];
  if (kind !== undefined && !['secret', 'secrets'].includes(kind.toLowerCase()))
    throw new UsageError(`${word} is no Secret`, { hint: 'seal adopt secret/NAME --into FILE' });
  checkName(name);
  return name;
}

async function targetOf(path: string, isDry: boolean, { files }: Context): Promise<TargetFile> {
  const kind = await files.kind(path);
  if (kind === 'folder') throw new UsageError(`${path} is a folder`, { hint: `--into ${join(path, 'db.yaml')}` });
  if (kind === 'missing') return { path, bytes: undefined };
  if (!isDry) files.checkWritable(path);
  return { path, bytes: await files.read(path) };
}

async function liveSecret(api: KubeApi, at: { namespace: string; name: string }): Promise<Secret> {
  try {
    return { ...(await api.get<Secret>(resources.secret, at)), apiVersion: 'v1', kind: 'Secret' };
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const { items } = await api
      .list(resources.secret, { namespace: at.namespace, metadataOnly: true })
      .catch(() => ({ items: [] }));
    const meant = nearest(
      at.name,
      items.flatMap(({ metadata }) => metadata.name ?? []),
    );
    throw new SealError('NO_SECRET', `there is no Secret ${at.namespace}/${at.name} in the cluster`, {
      hint: meant === undefined ? 'name its namespace with -n' : `did you mean ${meant}?`,
      cause: error,
    });
  }
}

interface RuledCall extends AdoptCall {
  ruling: Ruling;
  ruled: RuledFile | undefined;
  /** Flags by which commands reach the cluster. */
  reach: string;
}

async function seal(
  secret: Secret,
  target: TargetFile,
  { options: given, context, ruling, ruled, reach }: RuledCall,
): Promise<void> {
  const { path, bytes } = target;
  const scope = given.scope ?? ruled?.rule?.scope ?? 'strict';
  checkPlace(secret, path, ruled);
  checkPolicy(ruled, { scope, record: given.record });
  const certificate = await ruling.certificate(ruled);
  const now = context.clock.now();
  const how = { certificate, now, scope, record: given.record, allowEmptyData: true, cipher: sealingCipher };
  const sealed = await adopted(secret, how);
  const content = withDocument(target, sealed);
  for (const { message } of lintSealed(sealed)) warn(context, `${path}: ${message}`);
  if (given.dryRun) return context.streams.out.write(withDocument({ path, bytes: undefined }, sealed));
  await replaceFiles([{ path, was: bytes, content, makeFolders: true }], context.files);
  tell(secret, scope, { path, certificate, reach }, context);
  await tellUnlisted(path, context);
}

function checkPlace({ metadata }: Secret, path: string, ruled: RuledFile | undefined): void {
  const namespace = ruled?.rule?.namespace;
  if (namespace === undefined || namespace === metadata.namespace) return;
  throw new FormatError(
    'NAMESPACE_MISMATCH',
    `${path}: the rule of ${ruled?.repository.file}:${ruled?.rule?.line} puts its files into namespace ${namespace}, and the Secret is in ${metadata.namespace}`,
    { hint: 'write it into a file of that namespace' },
  );
}

function tell(
  { metadata, data = {} }: Secret,
  scope: Scope,
  { path, certificate, reach }: { path: string; certificate: Certificate; reach: string },
  context: Context,
): void {
  const { length } = Object.keys(data);
  const { namespace, name } = metadata;
  const label = recordLabel({ scope, namespace, name });
  note(
    context,
    `${path}: sealed ${counted(length, 'item')} of Secret ${namespace}/${name} for ${label} under ${keyTold(certificate, undefined)}`,
  );
  hint(
    context,
    `when it is applied the controller takes the Secret over where it stands: seal wait ${shellPath(path)}${reach}`,
    'take the plain manifest out of the repository in the same commit, if there is one',
  );
}

/** The Sealed Secrets controller knows nothing of our annotation. */
async function tellOfReference(
  api: KubeApi,
  { metadata }: Secret,
  { context, reach }: { context: Context; reach: string },
): Promise<void> {
  const asked = { apiVersion: 'bitnami.com/v1alpha1', kind: 'SealedSecret', metadata };
  // Whoever may not see Deployments is not told; the manual says it.
  const found = await controllerOf(api, asked).catch(() => undefined);
  if (found?.name === undefined || found.isOurs) return;
  hint(
    context,
    `${found.name} is no Sealwright: kubectl${reach} annotate secret ${metadata.name} -n ${metadata.namespace} sealedsecrets.bitnami.com/managed=true lets it take the Secret over`,
  );
}
