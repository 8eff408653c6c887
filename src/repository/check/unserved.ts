// Kinds of the API groups that Sealwright serves in part, and that are not of that part.

import type { Finding } from '../finding.ts';
import { checkFindings } from '../findings/check.ts';
import { found, type Subject } from './subject.ts';

/** Group → kinds that the controller serves, or reads. */
const served: Readonly<Record<string, readonly string[]>> = {
  'bitnami.com': ['SealedSecret'],
  'external-secrets.io': ['ExternalSecret', 'ClusterExternalSecret', 'SecretStore', 'ClusterSecretStore'],
  'generators.external-secrets.io': ['Password'],
  'secrets.hashicorp.com': [
    'VaultStaticSecret',
    'VaultAuth',
    'VaultAuthGlobal',
    'VaultConnection',
    'SecretTransformation',
  ],
};

/** Objects that would lie in the cluster without anybody acting on them. */
export function checkServed(subject: Subject): Finding[] {
  const { apiVersion, kind } = subject.object.value;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return [];
  const group = apiVersion.slice(0, Math.max(0, apiVersion.indexOf('/')));
  const kinds = Object.hasOwn(served, group) ? served[group] : undefined;
  if (!kinds || kinds.includes(kind)) return [];
  return [
    found(subject, checkFindings.unservedKind, {
      at: ['kind'],
      message: `${kind} of ${group} is no kind that Sealwright serves: its own operator has to run as well`,
      hint: `of ${group} it serves ${kinds.join(', ')}`,
    }),
  ];
}
