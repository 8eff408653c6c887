// `seal demo`: the whole story in one run, and every step of it verified.

import { createLog } from '../../controller/log.ts';
import { startController } from '../../controller/manager.ts';
import { parseOptions } from '../../controller/options.ts';
import { command } from '../command.ts';
import { tellStory } from '../demo-story.ts';
import { startLocalCluster } from '../local-cluster.ts';

/** Ends with 0 only when the Secret that came out equals what was sealed, and every other step held. */
export const demo = command({
  name: 'demo',
  summary: 'tell the whole story in one run, every step verified',
  description: `Starts an embedded cluster and the controller on this machine, seals a Secret, commits and applies it, and shows that
the cluster makes exactly that Secret and keeps it so. Nothing is left behind.`,
  options: {},
  examples: [{ does: 'see it', run: 'seal demo' }],
  async run({ context }) {
    const { clock, jitter } = context;
    const cluster = await startLocalCluster(context);
    try {
      // The story is told on standard output; the controller's log would only be in its way.
      const log = createLog({
        stream: { write: () => undefined },
        level: 'error',
        format: 'text',
        now: () => clock.now(),
      });
      const options = parseOptions({ 'listen-address': ['127.0.0.1:0'], 'metrics-address': ['127.0.0.1:0'] });
      const running = await startController({
        options,
        namespace: 'kube-system',
        kube: cluster.api,
        clock,
        random: jitter,
        log,
      });
      cluster.serveControllerAt(running.urls.api);
      try {
        await running.ready;
        await tellStory(cluster, context);
      } finally {
        await running.stop();
      }
    } finally {
      await cluster.close();
    }
  },
});
