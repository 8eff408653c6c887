// The proxy subresource of Services: requests go to backends on this machine, as there are no Pods to send them to.

import type { Cluster } from './cluster.ts';
import type { ApiRequest, ApiResponse, Target } from './request.ts';
import { Refusal, refuse } from './status.ts';

/** A request for a Service, as its backend sees it. */
export interface ServiceRequest {
  namespace: string;
  name: string;
  /** Name or number, as asked for; empty when left out. */
  port: string;
  scheme: 'http' | 'https';
  method: string;
  /** With a leading slash and the query. */
  path: string;
  headers: Record<string, string | undefined>;
  body: Uint8Array;
}

/** Undefined when nothing stands behind the Service. */
export type ServiceBackend = (request: ServiceRequest) => Promise<ApiResponse | undefined> | ApiResponse | undefined;

// The proxy ends the caller's credentials: a backend must never see them.
const withheld = new Set(['authorization', 'cookie', 'host', 'connection']);

/** Answers `…/services/[SCHEME:]NAME[:PORT]/proxy/PATH`. */
export async function proxyToService(
  cluster: Cluster,
  backend: ServiceBackend | undefined,
  target: Target,
  request: ApiRequest,
): Promise<ApiResponse> {
  const parts = (target.name ?? '').split(':');
  const [scheme, name = '', port = ''] = parts.length === 3 ? parts : ['', ...parts];
  if (!['', 'http', 'https'].includes(scheme ?? '') || parts.length > 3) {
    throw refuse.badRequest(`invalid service request "${target.name}"`);
  }
  const { namespace = '' } = target;
  if (!cluster.store.get('/services', namespace, name)) throw refuse.notFound({ group: '', plural: 'services' }, name);
  const query = request.query.toString();
  const headers = Object.fromEntries(Object.entries(request.headers).filter(([key]) => !withheld.has(key)));
  const answer = await backend?.({
    ...{ namespace, name, port, headers, method: request.method, body: request.body },
    scheme: scheme === 'https' ? 'https' : 'http',
    path: `/${target.rest}${query ? `?${query}` : ''}`,
  });
  if (answer) return answer;
  throw new Refusal(503, 'ServiceUnavailable', `no endpoints available for service "${name}"`);
}
