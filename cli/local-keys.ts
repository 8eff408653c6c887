// Keys from files as key Secrets of an embedded cluster, so that its controller opens what is sealed already.

import { selfSignedCertificate } from '../keys/certificate.ts';
import { defaultKeyTtlMs } from '../keys/generate.ts';
import type { KeyPair } from '../keys/key-pair.ts';
import { defaultController } from '../keys/sealing-controller.ts';
import { saveKeyPair } from '../keys/storage.ts';
import type { KubeApi } from '../src/kube/api.ts';
import type { Context } from './context.ts';
import { readKeys } from './opening.ts';

/** Stores every key of the files in the controller's namespace. A key without a certificate gets one of its own. */
export async function importKeys(api: KubeApi, paths: readonly string[], context: Context): Promise<void> {
  if (paths.length === 0) return;
  for (const pair of (await readKeys(paths, context)).list()) {
    const certificate = pair.certificate ?? (await certificateFor(pair, context.clock.now()));
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
