// `GET /healthz` and `GET /readyz`, as kubelet asks.

import { type Handler, textResponse } from './respond.ts';

/** The process answers. */
export const healthHandler: Handler = () => textResponse('ok\n');

/** 200 once everything `waitingFor` names is there; 503 with the names until then. */
export function readyHandler(waitingFor: () => readonly string[]): Handler {
  return () => {
    const missing = waitingFor();
    return missing.length === 0
      ? textResponse('ok\n')
      : textResponse(`waiting for ${missing.join(', ')}\n`, { status: 503 });
  };
}
