// An embedded API server for a test, with the certificates that all servers of the run share.

import { inject } from 'vitest';
import { type ApiServer, type ApiServerOptions, startApiServer } from '../../src/apiserver/server.ts';

/** As `startApiServer`, on any free port of 127.0.0.1. */
export function startTestApiServer(options: ApiServerOptions): Promise<ApiServer> {
  return startApiServer({ certificates: inject('certificates'), ...options });
}
