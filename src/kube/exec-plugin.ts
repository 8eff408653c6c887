// Credentials from a command, as kubeconfigs of managed clusters use it (client.authentication.k8s.io).

import { spawn } from 'node:child_process';
import type { Clock } from './clock.ts';
import { ClusterConfigError } from './errors.ts';
import type { ExecConfig, KubeconfigCluster } from './kubeconfig.ts';

/** client.authentication.k8s.io/v1 ExecCredentialStatus. */
export interface ExecCredential {
  token?: string | undefined;
  clientCertificateData?: string | undefined;
  clientKeyData?: string | undefined;
  /** After this the plugin is asked again. */
  expires?: Date | undefined;
}

export interface ExecPluginOptions {
  exec: ExecConfig;
  cluster: KubeconfigCluster;
  /** The environment that the plugin inherits. */
  env: Readonly<Record<string, string | undefined>>;
  clock: Clock;
  /** Whether the plugin may talk to the person at the terminal. */
  interactive: boolean;
}

const timeLimitMs = 60_000;
const longestOutput = 1024 * 1024;

/**
 * Runs the plugin and reads its ExecCredential. Throws `ClusterConfigError`, which never quotes the output: a token may
 * be in it. Its stderr goes to ours, where the plugin's own words help best.
 */
export async function runExecPlugin(options: ExecPluginOptions): Promise<ExecCredential> {
  const { exec } = options;
  if (!exec.command) throw new ClusterConfigError('the kubeconfig names a credential plugin without a command');
  const { code, output } = await run(options);
  if (code !== 0) {
    throw new ClusterConfigError(`the credential plugin ${exec.command} failed (${code})`, {
      hint: ['run it by hand to see why, or log in again', ...hintOf(exec)],
    });
  }
  return parseExecCredential(output, exec.command);
}

function run({
  exec,
  cluster,
  env,
  clock,
  interactive,
}: ExecPluginOptions): Promise<{ code: string | 0; output: string }> {
  const mayAsk = interactive && exec.interactiveMode !== 'Never';
  if (exec.interactiveMode === 'Always' && !mayAsk) {
    throw new ClusterConfigError(`the credential plugin ${exec.command} needs a terminal to ask on`, {
      hint: 'log in on a terminal first, or run seal on one',
    });
  }
  const info = execInfo(exec, cluster, mayAsk);
  const own = Object.fromEntries((exec.env ?? []).map(({ name, value }) => [name, value]));
  return new Promise((resolve, reject) => {
    const child = spawn(exec.command, exec.args ?? [], {
      env: { ...env, ...own, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
      stdio: [mayAsk ? 'inherit' : 'ignore', 'pipe', 'inherit'],
    });
    const cancel = clock.timer(timeLimitMs, () => child.kill('SIGKILL'));
    const chunks: Buffer[] = [];
    let size = 0;
    child.stdout?.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > longestOutput) child.kill('SIGKILL');
      else chunks.push(chunk);
    });
    child.on('error', (cause) => {
      cancel();
      reject(notStarted(exec, cause));
    });
    child.on('close', (code, signal) => {
      cancel();
      resolve({ code: code === 0 ? 0 : (signal ?? `exit ${code}`), output: Buffer.concat(chunks).toString('utf8') });
    });
  });
}

function execInfo(exec: ExecConfig, cluster: KubeconfigCluster, interactive: boolean): unknown {
  const clusterInfo = {
    server: cluster.server,
    'tls-server-name': cluster['tls-server-name'],
    'insecure-skip-tls-verify': cluster['insecure-skip-tls-verify'],
    'certificate-authority-data': cluster['certificate-authority-data'],
    'proxy-url': cluster['proxy-url'],
  };
  return {
    apiVersion: exec.apiVersion ?? 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    spec: { interactive, ...(exec.provideClusterInfo && { cluster: clusterInfo }) },
  };
}

function notStarted(exec: ExecConfig, cause: Error): ClusterConfigError {
  const missing = 'code' in cause && cause.code === 'ENOENT';
  const message = `the credential plugin ${exec.command} ${missing ? 'is not installed' : 'cannot be started'}`;
  return new ClusterConfigError(message, { cause, hint: ['the kubeconfig asks for it', ...hintOf(exec)] });
}

const hintOf = ({ installHint }: ExecConfig) => (installHint ? installHint.trim().split('\n') : []);

/** Reads an ExecCredential as the plugin printed it. */
function parseExecCredential(output: string, command: string): ExecCredential {
  const status = statusOf(output);
  const token = text(status?.token);
  const clientCertificateData = text(status?.clientCertificateData);
  const clientKeyData = text(status?.clientKeyData);
  if (token === undefined && (clientCertificateData === undefined || clientKeyData === undefined)) {
    throw new ClusterConfigError(`the credential plugin ${command} printed no credential`, {
      hint: 'it must print an ExecCredential with a token, or with a client certificate and key',
    });
  }
  const expires = Date.parse(text(status?.expirationTimestamp) ?? '');
  return {
    token,
    clientCertificateData,
    clientKeyData,
    expires: Number.isNaN(expires) ? undefined : new Date(expires),
  };
}

function statusOf(output: string): Record<string, unknown> | undefined {
  try {
    const { kind, status } = JSON.parse(output) ?? {};
    return kind === 'ExecCredential' && typeof status === 'object' && status !== null ? status : undefined;
  } catch {
    return undefined;
  }
}

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
