// How a client gets a cluster's certificate: from the controller through the API server, or from the ConfigMap that it publishes.

import { utf8Text } from '../src/encoding/bytes.ts';
import { isSealError, SealError } from '../src/errors.ts';
import type { KubeApi } from '../src/kube/api.ts';
import { isApiError, isForbidden, isNotFound } from '../src/kube/errors.ts';
import type { ConfigMap, KubeObject } from '../src/kube/objects.ts';
import { resources } from '../src/kube/resources.ts';

/** The ConfigMap in the controller's namespace that holds the certificate that seals now. */
export const certificateConfigMap = 'sealwright-certificate';

/** The key of that ConfigMap. */
export const certificateItem = 'cert.pem';

/** Where Sealed Secrets 0.36 expects the controller's Service. */
export const defaultController = { namespace: 'kube-system', name: 'sealed-secrets-controller' } as const;

/** Which controller to ask. */
export interface ControllerChoice {
  /** Its Service. Default: `sealed-secrets-controller`, or another that looks like a sealing controller. */
  name?: string | undefined;
  /** Default: `kube-system`, or wherever such a Service is. */
  namespace?: string | undefined;
  signal?: AbortSignal | undefined;
}

/** PEM text as the cluster gave it, unchecked, and where it came from in words for people. */
export interface ClusterCertificate {
  pem: string;
  from: string;
  /** Why it was taken from there, where nobody had named it. */
  because?: string;
}

interface Service extends KubeObject {
  spec?: { ports?: { name?: string; port: number }[]; selector?: Record<string, string> };
}

/**
 * Asks the cluster. Throws `ApiError`, or `SealError`: `NO_CONTROLLER` when nothing looks like one, `SEVERAL_CONTROLLERS`
 * when it is not clear which.
 */
export async function clusterCertificate(api: KubeApi, choice: ControllerChoice = {}): Promise<ClusterCertificate> {
  let { namespace } = choice;
  try {
    const { service, because } = await controllerService(api, choice);
    namespace = service.metadata.namespace;
    return { ...(await fromService(api, service, choice.signal)), ...(because && { because }) };
  } catch (error) {
    if (!isApiError(error) && !(isSealError(error) && error.code === 'NO_CONTROLLER')) throw error;
    if (isApiError(error) && error.status === 0) throw error;
    const published = await fromConfigMap(api, { ...choice, namespace });
    if (published === undefined) throw error;
    return published;
  }
}

async function fromService(
  api: KubeApi,
  service: Service,
  signal: AbortSignal | undefined,
): Promise<ClusterCertificate> {
  const { name = '', namespace = '' } = service.metadata;
  const [port] = service.spec?.ports ?? [];
  const target = encodeURIComponent(`http:${name}:${port?.name || port?.port || ''}`).replaceAll('%3A', ':');
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/services/${target}/proxy/v1/cert.pem`;
  const { body } = await api.request(path, { signal }).catch((error) => {
    throw isApiError(error) && error.status >= 500 ? notAnswering(namespace, name, error) : error;
  });
  return { pem: utf8Text(body), from: `${namespace}/${name}` };
}

function notAnswering(namespace: string, name: string, cause: Error & { status: number }): SealError {
  const error = new SealError(
    'CONTROLLER_DOWN',
    `the controller ${namespace}/${name} does not answer (${cause.status})`,
    {
      hint: ['check that its Pod runs and that its port is right'],
      cause,
    },
  );
  return Object.assign(error, { outcome: 'unreachable', status: cause.status, reason: 'ServiceUnavailable' });
}

interface FoundService {
  service: Service;
  because?: string;
}

async function controllerService(api: KubeApi, { name, namespace, signal }: ControllerChoice): Promise<FoundService> {
  const wanted = { namespace: namespace || defaultController.namespace, name: name || defaultController.name };
  try {
    return { service: await api.get<Service>(resources.service, wanted, { signal }) };
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  const found = distinct(await candidates(api, namespace, signal));
  const [only, ...others] = name ? [] : found;
  if (only && others.length === 0) return { service: only, because: `the only Service with ${likeness(only)}` };
  throw only === undefined ? noController(wanted, found) : severalControllers(found);
}

/** Services that look like a sealing controller: by the names and labels that the known installations give them. */
async function candidates(
  api: KubeApi,
  namespace: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Service[]> {
  try {
    const { items } = await api.list<Service>(resources.service, { namespace, signal });
    return items.filter(looksLikeController);
  } catch (error) {
    // Someone who may read just one Service gets the message about that one.
    if (isForbidden(error)) return [];
    throw error;
  }
}

const knownNames = ['sealed-secrets', 'sealed-secrets-controller', 'sealwright'];

const nameLabels = ['app.kubernetes.io/name', 'name'];

function looksLikeController(service: Service): boolean {
  return !service.metadata.name?.endsWith('-metrics') && likeness(service) !== undefined;
}

/** What of a Service is as the known installations have it. */
function likeness({ metadata: { name = '', labels = {} } }: Service): string | undefined {
  const label = nameLabels.find((key) => labels[key] !== undefined);
  const app = label === undefined ? '' : (labels[label] ?? '');
  if (knownNames.includes(app)) return `the label ${label}=${app}`;
  return knownNames.includes(name) ? `the name ${name}` : undefined;
}

const criteria = `a controller's Service has the name, or the label ${nameLabels[0]}, ${knownNames.join(', ')}`;

// Two Services in front of the same Pods are one controller.
function distinct(services: readonly Service[]): Service[] {
  const byPods = new Map<string, Service>();
  for (const service of services) {
    const pods = JSON.stringify([service.metadata.namespace, Object.entries(service.spec?.selector ?? {}).sort()]);
    if (!byPods.has(pods)) byPods.set(pods, service);
  }
  return [...byPods.values()];
}

const flagsFor = ({ metadata }: Service) =>
  `--controller-namespace ${metadata.namespace} --controller-name ${metadata.name}`;

function noController(wanted: { namespace: string; name: string }, found: readonly Service[]): SealError {
  return new SealError('NO_CONTROLLER', `there is no Service ${wanted.namespace}/${wanted.name} in the cluster`, {
    hint: [
      ...(found.length > 0
        ? found.map((service) => `did you mean ${flagsFor(service)}?`)
        : [criteria, 'say where it is: --controller-namespace, --controller-name']),
    ],
  });
}

function severalControllers(found: readonly Service[]): SealError {
  return new SealError('SEVERAL_CONTROLLERS', 'several sealing controllers are in the cluster', {
    hint: found.map((service) => `choose with ${flagsFor(service)}: ${likeness(service)}`),
  });
}

async function fromConfigMap(
  api: KubeApi,
  { namespace, name, signal }: ControllerChoice,
): Promise<ClusterCertificate | undefined> {
  // The first answer, about the controller, is the one that helps.
  const found = await publishedIn(api, namespace || defaultController.namespace, signal).catch(() => undefined);
  if (found || namespace || name) return found && published(found);
  const fieldSelector = `metadata.name=${certificateConfigMap}`;
  const everywhere = await api.list<ConfigMap>(resources.configMap, { fieldSelector, signal }).catch(() => undefined);
  const maps = everywhere?.items.filter(({ data }) => data?.[certificateItem]) ?? [];
  const [only, ...others] = maps;
  if (others.length > 0) throw severalPublished(maps);
  return only && { ...published(only), because: 'no controller answers, and this is what one has published' };
}

async function publishedIn(
  api: KubeApi,
  namespace: string,
  signal: AbortSignal | undefined,
): Promise<ConfigMap | undefined> {
  const found = await api.get<ConfigMap>(resources.configMap, { namespace, name: certificateConfigMap }, { signal });
  return found.data?.[certificateItem] ? found : undefined;
}

function published({ metadata, data }: ConfigMap): ClusterCertificate {
  return { pem: data?.[certificateItem] ?? '', from: `ConfigMap ${metadata.namespace}/${metadata.name}` };
}

function severalPublished(found: readonly ConfigMap[]): SealError {
  return new SealError('SEVERAL_CONTROLLERS', 'several sealing controllers have published a certificate', {
    hint: found.map(({ metadata }) => `choose with --controller-namespace ${metadata.namespace}`),
  });
}
