// `seal controller`: runs the controller until it is told to stop.

import { createLog } from '../../controller/log.ts';
import { startController } from '../../controller/manager.ts';
import { callCounter, createMetrics } from '../../controller/metrics/metrics.ts';
import { parseOptions, type Setting, type SettingName, settings } from '../../controller/options.ts';
import { aborted } from '../../src/kube/abort.ts';
import { createClient } from '../../src/kube/client.ts';
import { loadClusterConfig } from '../../src/kube/config.ts';
import { clusterOptions } from '../cluster.ts';
import { command } from '../command.ts';
import type { Context } from '../context.ts';
import { flag, list, type OptionSpec, text } from '../options.ts';

/** Reconciles SealedSecrets, ExternalSecrets and VaultStaticSecrets into Secrets. */
export const controller = command({
  name: 'controller',
  summary: 'run the controller that makes Secrets in the cluster',
  description: `Makes and keeps the Secrets of SealedSecrets and, with --kinds, of ExternalSecrets and VaultStaticSecrets. In a pod it uses the pod's service account, elsewhere the kubeconfig.
Stops within ten seconds of SIGTERM. The log goes to standard error.`,
  options: { ...settingOptions(), ...clusterOptions },
  examples: [
    {
      does: 'run it against the cluster of the current context',
      run: 'seal controller --controller-namespace kube-system --log-format text',
    },
  ],
  async run({ options, context }) {
    const flags = Object.entries(settings).map(
      ([name]) => [name, textsOf(options[name as keyof typeof options])] as const,
    );
    const given = flags.filter((entry): entry is readonly [string, string[]] => entry[1] !== undefined);
    await serve(parseOptions(Object.fromEntries(given) as Partial<Record<SettingName, string[]>>), options, context);
  },
});

type Settings = ReturnType<typeof parseOptions>;

async function serve(
  options: Settings,
  flags: { kubeconfig?: string | undefined; context?: string | undefined },
  context: Context,
) {
  const { env, cwd, clock, jitter, streams, signal, collect } = context;
  const log = createLog({
    stream: { write: (line) => streams.err.write(line) },
    level: options['log-level'],
    format: options['log-format'],
    now: () => clock.now(),
  });
  const { kubeconfig, context: name } = flags;
  const config = await loadClusterConfig({ env, cwd, clock }, { kubeconfig, context: name });
  const metrics = createMetrics();
  const kube = createClient({ config, clock, random: jitter, qps: options['kube-qps'], onCall: callCounter(metrics) });
  try {
    const namespace = options['controller-namespace'] || config.namespace || 'default';
    const running = await startController({
      options,
      namespace,
      kube,
      clock,
      random: jitter,
      log,
      metrics,
      environment: env,
      collect,
    });
    try {
      await Promise.race([aborted(signal), running.ended]);
    } finally {
      await running.stop();
    }
  } finally {
    await kube.close();
  }
}

function settingOptions(): Record<SettingName, OptionSpec<string | string[] | boolean | undefined>> {
  const entries = Object.entries<Setting<unknown>>(settings).map(([name, setting]) => {
    const help = `${setting.help}; default: ${setting.shown}`;
    if (setting.placeholder === undefined) return [name, flag(`--${name}`, help)] as const;
    return [name, (setting.isRepeatable ? list : text)(`--${name} <${setting.placeholder}>`, help)] as const;
  });
  return Object.fromEntries(entries) as Record<SettingName, OptionSpec<string | string[] | boolean | undefined>>;
}

function textsOf(value: unknown): string[] | undefined {
  if (value === true) return ['true'];
  if (Array.isArray(value)) return value.length > 0 ? value.map(String) : undefined;
  return typeof value === 'string' ? [value] : undefined;
}
