// The controller beside an embedded cluster, in this process: what `seal dev` and `seal demo` run their work under.

import { createLog, type LogLevel } from '../controller/log.ts';
import { startController } from '../controller/manager.ts';
import { parseOptions } from '../controller/options.ts';
import { defaultController } from '../keys/sealing-controller.ts';
import type { Context } from './context.ts';
import type { LocalCluster } from './local-cluster.ts';

/** What a controller in this process is told. */
export interface LocalController {
  logLevel: LogLevel;
  /** Takes the lines of its log. */
  write: (line: string) => void;
}

/** Does `work` while the controller is ready, and stops it then. */
export async function withLocalController(
  cluster: LocalCluster,
  { clock, jitter }: Context,
  { logLevel, write }: LocalController,
  work: () => Promise<void>,
): Promise<void> {
  const options = parseOptions({
    'listen-address': ['127.0.0.1:0'],
    'metrics-address': ['127.0.0.1:0'],
    // A key that was given, however old, stays the one to seal with.
    'key-renew-period': ['0'],
  });
  const log = createLog({ stream: { write }, level: logLevel, format: 'text', now: () => clock.now() });
  const { namespace } = defaultController;
  const running = await startController({ options, namespace, kube: cluster.api, clock, random: jitter, log });
  cluster.serveControllerAt(running.urls.api);
  try {
    await running.ready;
    await work();
  } finally {
    await running.stop();
  }
}
