// The values of a SealedSecret as a diagnosis looks at them.

import type { KubeObject } from '../../src/kube/objects.ts';
import { isSealedSecret } from '../../src/manifest/kinds.ts';
import { sealedView } from '../../src/repository/check/sealed.ts';
import type { SealedFacts } from './facts.ts';

/** What the values have to open as: under the name and in the namespace where the object is applied. Undefined for other kinds. */
export function sealedFactsOf(
  object: KubeObject,
  { name, namespace }: { name: string; namespace: string | undefined },
): SealedFacts | undefined {
  const value: unknown = object;
  if (!isSealedSecret(value)) return undefined;
  const { scope, items } = sealedView(value);
  return {
    sealedFor: { scope, namespace, name },
    items: items.flatMap(({ name: item, record, value: seen }) => {
      // A template will make it: nothing can be said.
      if (seen.is === 'unrendered') return [];
      const why = seen.is === 'damaged' ? seen.why : undefined;
      const bits = seen.is === 'sound' ? seen.bits : undefined;
      return [{ name: item, form: seen.is, why, bits, record }];
    }),
  };
}
