// The sealing controller of a cluster: which Service it is behind, and asking it through the API server's service proxy.

import { SealError } from '../src/errors.ts';
import type { KubeApi } from '../src/kube/api.ts';
import { isApiError, isForbidden, isNotFound } from '../src/kube/errors.ts';
import type { KubeObject } from '../src/kube/objects.ts';
import { resources } from '../src/kube/resources.ts';

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

/** A controller that was found. */
export interface SealingController {
  namespace: string;
  /** Its Service. */
  name: string;
  /** Name or number of the port, as the proxy takes it. */
  port: string;
  /** Why it was taken, where nobody had named it. */
  because?: string;
}

interface Service extends KubeObject {
  spec?: { ports?: { name?: string; port: number }[]; selector?: Record<string, string> };
}

/** Throws `ApiError`, or `SealError`: `NO_CONTROLLER` when nothing looks like one, `SEVERAL_CONTROLLERS` when it is not clear which. */
export async function findController(
  api: KubeApi,
  { name, namespace, signal }: ControllerChoice,
): Promise<SealingController> {
  const wanted = { namespace: namespace || defaultController.namespace, name: name || defaultController.name };
  try {
    return controllerAt(await api.get<Service>(resources.service, wanted, { signal }));
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  const found = distinct(await candidates(api, namespace, signal));
  const [only, ...others] = name ? [] : found;
  if (only && others.length === 0) return { ...controllerAt(only), because: `the only Service with ${likeness(only)}` };
  throw only === undefined ? noController(wanted, found) : severalControllers(found);
}

function controllerAt({ metadata: { name = '', namespace = '' }, spec }: Service): SealingController {
  const [port] = spec?.ports ?? [];
  return { name, namespace, port: `${port?.name || port?.port || ''}` };
}

/** One request to a controller. */
export interface ControllerRequest {
  /** From `/v1` on. */
  path: string;
  /** Sent as JSON by POST. Default: a GET. */
  body?: string;
  signal?: AbortSignal | undefined;
}

// Far more than any answer to what is asked at once.
const mostBytes = 8 * 1024 * 1024;

/** Throws `ApiError`; with the code `CONTROLLER_DOWN` and the outcome `unreachable` where nothing answers behind the Service. */
export async function askController(
  api: KubeApi,
  { namespace, name, port }: SealingController,
  { path, body, signal }: ControllerRequest,
): Promise<{ headers: Record<string, string>; body: Uint8Array }> {
  const target = encodeURIComponent(`http:${name}:${port}`).replaceAll('%3A', ':');
  const proxied = `/api/v1/namespaces/${encodeURIComponent(namespace)}/services/${target}/proxy${path}`;
  const call = body === undefined ? {} : { method: 'POST', body, contentType: 'application/json' };
  return api.request(proxied, { ...call, mostBytes, signal }).catch((error) => {
    // To a request with a body the reference answers 500 for whatever it does not like.
    const isDown = isApiError(error) && error.status >= 500 && (body === undefined || error.status !== 500);
    throw isDown && error.code !== 'KUBE_BAD_DATA' ? notAnswering(namespace, name, error) : error;
  });
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
