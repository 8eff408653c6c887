// Runs the real kubeseal, the reference for the sealed format.
import { devNull } from 'node:os';
import { part } from '../tools/build.mjs';
import { run } from './program.mjs';

/** The versions that can be asked for; the first is the default. They are what the modules beside tools/build.mjs pin. */
export const kubesealVersions = /** @type {const} */ (['0.36.6', '0.27.1']);

/** The version that `kubeseal` runs when not told otherwise. */
export const kubesealVersion = kubesealVersions[0];

const parts = { '0.36.6': 'kubeseal', '0.27.1': 'kubeseal-0.27' };

/**
 * Runs kubeseal. A failing exit code is a result, not an error. It sees no cluster unless `kubeconfig` is given.
 *
 * @param {string[]} args
 * @param {{ input?: string | Uint8Array, kubeconfig?: string, version?: '0.36.6' | '0.27.1', timeoutMs?: number, cwd?: string, env?: Record<string, string> }} [options]
 *   `env` is added to ours; `timeoutMs` (default 10,000) is not decoration: 0.27.1 spins for ever on truncated JSON
 * @returns {Promise<import('./program.mjs').Result>}
 */
export async function kubeseal(
  args,
  { input, kubeconfig = devNull, version = kubesealVersion, timeoutMs = 10_000, cwd, env = {} } = {},
) {
  const command = await part(parts[version]);
  return run(command, args, { input, cwd, timeoutMs, env: { ...process.env, ...env, KUBECONFIG: kubeconfig } });
}
