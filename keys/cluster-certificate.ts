// How a client gets a cluster's certificate: from the controller through the API server, or from the ConfigMap that it publishes.

import { utf8Text } from '../src/encoding/bytes.ts';
import { isSealError, SealError } from '../src/errors.ts';
import type { KubeApi } from '../src/kube/api.ts';
import { isApiError } from '../src/kube/errors.ts';
import type { ConfigMap } from '../src/kube/objects.ts';
import { resources } from '../src/kube/resources.ts';
import { askController, type ControllerChoice, defaultController, findController } from './sealing-controller.ts';

/** The ConfigMap in the controller's namespace that holds the certificate that seals now. */
export const certificateConfigMap = 'sealwright-certificate';

/** The key of that ConfigMap. */
export const certificateItem = 'cert.pem';

/** PEM text as the cluster gave it, unchecked, and where it came from in words for people. */
export interface ClusterCertificate {
  pem: string;
  from: string;
  /** Why it was taken from there, where nobody had named it. */
  because?: string;
}

/**
 * Asks the cluster. Throws `ApiError`, or `SealError`: `NO_CONTROLLER` when nothing looks like one, `SEVERAL_CONTROLLERS`
 * when it is not clear which.
 */
export async function clusterCertificate(api: KubeApi, choice: ControllerChoice = {}): Promise<ClusterCertificate> {
  let { namespace } = choice;
  try {
    const controller = await findController(api, choice);
    const { name, because } = controller;
    namespace = controller.namespace;
    const { body } = await askController(api, controller, { path: '/v1/cert.pem', signal: choice.signal });
    return { pem: utf8Text(body), from: `${namespace}/${name}`, ...(because && { because }) };
  } catch (error) {
    if (!isApiError(error) && !(isSealError(error) && error.code === 'NO_CONTROLLER')) throw error;
    if (isApiError(error) && error.status === 0) throw error;
    // Where the controller that was named is not there, what is published is another's.
    if (choice.name && !isApiError(error)) throw error;
    const published = await fromConfigMap(api, { ...choice, namespace });
    if (published === undefined) throw error;
    return published;
  }
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
