// `seal demo`: the whole story in one run, and every step of it verified.

import { command } from '../command.ts';
import { tellStory } from '../demo-story.ts';
import { startLocalCluster } from '../local-cluster.ts';
import { withLocalController } from '../local-controller.ts';

/** Ends with 0 only when the Secret that came out equals what was sealed, and every other step held. */
export const demo = command({
  name: 'demo',
  summary: 'tell the whole story in one run, every step verified',
  description: `Starts an embedded cluster and the controller on this machine, seals a Secret, commits and applies it, and shows that
the cluster makes exactly that Secret and keeps it so. Nothing is left behind.`,
  options: {},
  examples: [{ does: 'see it', run: 'seal demo' }],
  async run({ context }) {
    const cluster = await startLocalCluster(context);
    try {
      // The story is told on standard output; the controller's log would only be in its way.
      const quiet = { logLevel: 'error', write: () => undefined } as const;
      await withLocalController(cluster, context, quiet, () => tellStory(cluster, context));
    } finally {
      await cluster.close();
    }
  },
});
