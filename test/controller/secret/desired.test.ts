// What a Secret may be called and hold, before anything is opened for it.

import { describe, expect, it } from 'vitest';
import { checkShape, shapeOf } from '../../../controller/secret/desired.ts';
import type { SealedSecret } from '../../../src/kube/objects.ts';

function shapeWith(item: string) {
  const object: SealedSecret = {
    apiVersion: 'bitnami.com/v1alpha1',
    kind: 'SealedSecret',
    metadata: { namespace: 'shop', name: 'db', uid: 'u1' },
    spec: { encryptedData: { [item]: '' } },
  };
  return shapeOf(object);
}

const refusal = (item: string) => {
  try {
    checkShape(shapeWith(item), undefined);
  } catch (error) {
    return error;
  }
  return undefined;
};

describe('the name of an item', () => {
  it.each(['a', '.a', 'a..b', 'tls.crt', 'A_b-c', '__proto__', 'i'.repeat(253)])('may be %s', (item) => {
    expect(refusal(item)).toBeUndefined();
  });

  it.each(['', '.', '..', '..a', 'a b', 'ä', 'i'.repeat(254)])(
    'cannot be "%s": Kubernetes takes no such key',
    (item) => {
      expect(refusal(item)).toMatchObject({ reason: 'InvalidSpec' });
    },
  );

  it('is shown without what a terminal would obey, and never cut to half a character', () => {
    const { message } = refusal(`a\u001b[31m\n${'x'.repeat(72)}😀`) as Error;
    expect(message).toContain('"a\\u001b[31m\\n');
    expect(message.isWellFormed()).toBe(true);
  });
});
