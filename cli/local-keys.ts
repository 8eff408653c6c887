// Keys from files as key Secrets of an embedded cluster, so that its controller opens what is sealed already.

import { selfSignedCertificate } from '../keys/certificate.ts';
import { defaultKeyTtlMs } from '../keys/generate.ts';
import type { KeyPair } from '../keys/key-pair.ts';
import { defaultController } from '../keys/sealing-controller.ts';
import { saveKeyPair } from '../keys/storage.ts';
import type { KubeApi } from '../src/kube/api.ts';
import type { Context } from './context.ts';

/** Stores key pairs in the controller's namespace. One without a certificate gets one of its own. */
export async function importKeys(
  api: KubeApi,
  pairs: readonly KeyPair[],
  { clock }: Pick<Context, 'clock'>,
): Promise<void> {
  for (const pair of pairs) {
    const certificate = pair.certificate ?? (await certificateFor(pair, clock.now()));
    // Under the controller's own name the Secret would pass for one that it produced, and so for no key.
    await saveKeyPair(api, {
      namespace: defaultController.namespace,
      pair: { ...pair, certificate },
      fieldManager: 'seal-dev',
    });
  }
}

function certificateFor({ pkcs8 }: KeyPair, notBefore: Date) {
  const notAfter = new Date(notBefore.getTime() + defaultKeyTtlMs);
  return selfSignedCertificate({ pkcs8: pkcs8.reveal(), commonName: '', notBefore, notAfter });
}
