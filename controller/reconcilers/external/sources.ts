// Reads what `templateFrom` names from the cluster.

import { utf8Bytes } from '../../../src/encoding/bytes.ts';
import type { KubeApi } from '../../../src/kube/api.ts';
import { isNotFound } from '../../../src/kube/errors.ts';
import type { ConfigMap, Secret } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/resources.ts';
import { SecretBytes } from '../../../src/redact.ts';
import { Waiting } from '../../engine/outcome.ts';
import type { TemplateSources } from './templates.ts';

const missingAgainMs = 300_000;

/** Sources of the objects of `namespace`; of no other. */
export function sourcesFrom(kube: KubeApi, namespace: string, signal: AbortSignal): TemplateSources {
  const itemsOf = async (kind: 'ConfigMap' | 'Secret', name: string): Promise<[string, SecretBytes][]> => {
    const at = { namespace, name };
    if (kind === 'ConfigMap') {
      const { data = {} } = await kube.get<ConfigMap>(resources.configMap, at, { signal });
      return Object.entries(data).map(([item, text]) => [item, new SecretBytes(utf8Bytes(text))]);
    }
    const { data = {} } = await kube.get<Secret>(resources.secret, at, { signal });
    return Object.entries(data).map(([item, text]) => [item, new SecretBytes(Buffer.from(text, 'base64'))]);
  };
  return {
    async read(kind, name) {
      try {
        return new Map(await itemsOf(kind, name));
      } catch (error) {
        if (!isNotFound(error)) throw error;
        throw new Waiting('TemplateError', `there is no ${kind} ${name} to read templates from`, missingAgainMs, {
          hint: 'make it, or correct its name in spec.target.template.templateFrom',
        });
      }
    },
  };
}
