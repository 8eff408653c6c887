// Whether the installed definition of a kind keeps `status.sealwright`: the reference's own prunes it.

import type { KubeApi } from '../../src/kube/api.ts';
import { apiVersionOf, type Resource } from '../../src/kube/resources.ts';

interface Schema {
  properties?: Record<string, Schema>;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-group-version-kind'?: readonly { group?: string; version?: string; kind?: string }[];
}

/**
 * Reads the published schema, which every authenticated caller may (system:discovery). Undefined when it cannot tell, as
 * when the kind is not installed; the answer to the first status patch tells then. Never throws.
 */
export async function keepsStatusOf(
  kube: KubeApi,
  resource: Resource,
  signal?: AbortSignal,
): Promise<boolean | undefined> {
  try {
    const { body } = await kube.request(`/openapi/v3/apis/${apiVersionOf(resource)}`, {
      accept: 'application/json',
      signal,
    });
    const document: { components?: { schemas?: Record<string, Schema> } } = JSON.parse(Buffer.from(body).toString());
    const schema = Object.values(document.components?.schemas ?? {}).find((one) => isOf(one, resource));
    const status = schema?.properties?.status;
    if (!status) return undefined;
    return status['x-kubernetes-preserve-unknown-fields'] === true || status.properties?.sealwright !== undefined;
  } catch {
    return undefined;
  }
}

const isOf = (schema: Schema, { group, version, kind }: Resource) =>
  schema['x-kubernetes-group-version-kind']?.some(
    (one) => one.group === group && one.version === version && one.kind === kind,
  ) === true;
