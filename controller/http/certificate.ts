// `GET /v1/cert.pem`: the certificate that secrets are sealed with, as kubeseal asks for it.

import type { KeyRegistry } from '../../keys/registry.ts';
import { errorResponse, type Handler, textResponse } from './respond.ts';

/** The newest key's certificate as PEM, once `caughtUp` says that no newer one is due; 503 while there is none. */
export function certificateHandler(keys: Pick<KeyRegistry, 'newest'>, caughtUp: () => Promise<void>): Handler {
  return async () => {
    await caughtUp();
    const pem = keys.newest()?.certificate.pem;
    return pem === undefined
      ? errorResponse(503, 'NO_CERTIFICATE', 'there is no sealing key yet', { 'retry-after': '2' })
      : textResponse(pem, { type: 'application/x-pem-file' });
  };
}
