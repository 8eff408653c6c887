// `seal dev [DIR]`: an embedded cluster and the controller on this machine, fed from a folder.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { logLevels } from '../../controller/log.ts';
import { SealError, UsageError } from '../../src/errors.ts';
import { type Call, command } from '../command.ts';
import type { Context } from '../context.ts';
import { FolderFollower } from '../follow.ts';
import { type LocalCluster, startLocalCluster } from '../local-cluster.ts';
import { withLocalController } from '../local-controller.ts';
import { importKeys } from '../local-keys.ts';
import { noSuchFile } from '../missing-file.ts';
import { readKeys } from '../opening.ts';
import { choice, list, text } from '../options.ts';
import { reportReady } from '../report.ts';
import { hint, note } from '../ui.ts';

const options = {
  port: text('--port <number>', 'port of the API server; default: any free one'),
  privateKey: list(
    '--private-key <file>',
    'key that opens what is sealed already: PEM, a key Secret, or a List of them; repeatable',
  ),
  writeKubeconfig: text(
    '--write-kubeconfig <file>',
    'where the kubeconfig goes; default: a folder that is gone afterwards',
  ),
  logLevel: choice('--log-level <level>', logLevels, "least weight of the controller's log lines; default: warn"),
} as const;

type DevCall = Call<typeof options>;

/** Runs until it is interrupted. Standard output carries one line: the path of the kubeconfig. */
export const dev = command({
  name: 'dev',
  summary: 'run an embedded cluster and the controller on this machine',
  description: `Starts an API server that kubectl can talk to, and the controller; applies the manifests of a folder and follows
changes to them. What is taken out of a file stays in the cluster, and everything is gone when it ends.
Prints the path of the kubeconfig on standard output.`,
  arguments: { name: '[folder]', help: 'manifests to apply and to follow' },
  options,
  examples: [
    { does: 'try the manifests of an environment', run: 'seal dev environments/staging --private-key staging-key.pem' },
    {
      does: 'seal for it, in another terminal',
      run: 'export KUBECONFIG=/tmp/seal-dev-…/kubeconfig\nkubectl create secret generic db --from-literal=password=s3cret --dry-run=client -o yaml \\\n  | seal | kubectl apply -f -',
    },
  ],
  async run(call) {
    const { options: given, args, context } = call;
    const [folder] = args;
    const port = portOf(given.port);
    if (given.writeKubeconfig !== undefined) await checkMayReplace(given.writeKubeconfig, context);
    if (folder !== undefined) await checkIsFolder(folder, context);
    const keys = given.privateKey.length === 0 ? [] : (await readKeys(given.privateKey, context)).list();
    const cluster = await startLocalCluster(context, { port });
    try {
      await importKeys(cluster.api, keys, context);
      // Whoever sees the kubeconfig may use the cluster at once: it appears when everything answers.
      const log = {
        logLevel: given.logLevel ?? 'warn',
        write: (line: string) => context.streams.err.write(line),
      } as const;
      await withLocalController(cluster, context, log, () =>
        withKubeconfig(cluster, call, () => live(cluster, folder, context)),
      );
    } finally {
      await cluster.close();
    }
  },
});

/** Somebody's own kubeconfig holds what nobody can make again; that of an earlier call names our cluster and no other. */
async function checkMayReplace(path: string, { files }: Context): Promise<void> {
  if ((await files.kind(path)) !== 'file') return;
  const text = new TextDecoder().decode(await files.read(path));
  const servers = text.match(/^\s*(?:- )?server:/gm) ?? [];
  if (text === '' || (servers.length === 1 && /^current-context: sealwright$/m.test(text))) return;
  throw new SealError('FILE_EXISTS', `${path} is there already, and seal dev did not write it`, {
    hint: 'name a file of its own: --write-kubeconfig dev.kubeconfig',
  });
}

async function checkIsFolder(path: string, context: Context): Promise<void> {
  const kind = await context.files.kind(path);
  if (kind === 'folder') return;
  if (kind === 'missing') throw await noSuchFile(path, context);
  throw new SealError('NO_FOLDER', `${path} is a file, and seal dev takes a folder`, {
    hint: `seal dev ${dirname(path)}`,
  });
}

function portOf(given: string | undefined): number {
  const port = given === undefined ? 0 : Number(given);
  if (Number.isInteger(port) && port >= 0 && port < 65536) return port;
  throw new UsageError(`--port cannot be "${given}"`, { hint: 'a number up to 65535' });
}

async function withKubeconfig(
  cluster: LocalCluster,
  { options: given, context }: DevCall,
  work: () => Promise<void>,
): Promise<void> {
  if (given.writeKubeconfig) {
    const path = given.writeKubeconfig;
    await context.files.write({ path, content: cluster.kubeconfig, confidential: true });
    context.streams.out.write(`${path}\n`);
    return work();
  }
  const folder = await mkdtemp(join(tmpdir(), 'seal-dev-'));
  try {
    const path = join(folder, 'kubeconfig');
    await writeFile(path, cluster.kubeconfig, { mode: 0o600 });
    context.streams.out.write(`${path}\n`);
    await work();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function live({ api, url }: LocalCluster, folder: string | undefined, context: Context): Promise<void> {
  note(context, `the API server is at ${url}; end it with Ctrl-C`);
  hint(context, 'point KUBECONFIG at the file printed above; kubectl and seal then talk to this cluster');
  const following = async () => {
    if (folder === undefined) return;
    const follower = new FolderFollower(api, folder, context);
    await follower.apply();
    await follower.follow();
  };
  try {
    await Promise.all([following(), reportReady(api, context)]);
  } catch (error) {
    // Being interrupted is how this command ends.
    if (!context.signal.aborted) throw error;
  }
}
