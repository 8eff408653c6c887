// The certificates of the clusters that `seal init` writes down: given, fetched through a context, or left for later.

import { UsageError } from '../../src/errors.ts';
import { chooseCertificate, parseCertificates } from '../../src/seal/certificate.ts';
import type { Context } from '../context.ts';
import { located } from '../located.ts';
import { checkClusterName, type Pin } from '../pinning.ts';
import type { Questions } from '../questions.ts';
import { type CertificateOptions, certificateText } from '../sealing-certificate.ts';
import { reportError } from '../ui.ts';

/** Where the certificate of a cluster comes from. */
export type Source = { cert: string } | { context: string };

/** Options that say it. */
export interface SourceOptions extends Omit<CertificateOptions, 'cert' | 'context'> {
  /** `CLUSTER=FILE|URL`, or without a cluster where there is only one. */
  cert: readonly string[];
  /** `CLUSTER=CONTEXT`. */
  fetch: readonly string[];
}

/** The sources that the options name, by cluster. Throws `UsageError`. */
export function sourcesOf({ cert, fetch }: SourceOptions, clusters: readonly string[]): Map<string, Source> {
  const sources = new Map<string, Source>();
  const add = (cluster: string, source: Source) => {
    checkClusterName(cluster);
    if (sources.has(cluster))
      throw new UsageError(`cluster ${cluster} has two certificates given`, { hint: 'leave out one of them' });
    sources.set(cluster, source);
  };
  for (const entry of cert) {
    const { cluster = only(clusters), rest = '' } = /^(?:(?<cluster>[\w.-]+)=)?(?<rest>.+)$/s.exec(entry)?.groups ?? {};
    if (rest === '' || cluster === undefined)
      throw new UsageError('--cert is CLUSTER=FILE or CLUSTER=URL', {
        hint: 'such as --cert production=production.pem',
      });
    add(cluster, { cert: rest });
  }
  for (const entry of fetch) {
    const { cluster, name } = /^(?<cluster>[^=]+)=(?<name>.+)$/s.exec(entry)?.groups ?? {};
    if (cluster === undefined || name === undefined)
      throw new UsageError('--fetch is CLUSTER=CONTEXT', { hint: 'kubectl config get-contexts lists the contexts' });
    add(cluster, { context: name });
  }
  return sources;
}

const only = (clusters: readonly string[]) => (clusters.length === 1 ? clusters[0] : undefined);

/** Takes the certificate from its source. Throws what `certificateText` does, and `CertificateError`. */
export async function pinFrom(
  cluster: string,
  source: Source,
  { cert: _, fetch: __, ...options }: SourceOptions,
  context: Context,
): Promise<Pin> {
  const { pem, from } = await certificateText({ ...options, ...source }, context);
  try {
    const certificate = chooseCertificate(await parseCertificates(pem), { now: context.clock.now() });
    return { cluster, certificate, from: 'context' in source ? `${from}, context ${source.context}` : from };
  } catch (error) {
    throw located(error, from);
  }
}

/** Asks where the certificate of a cluster is until it is found; `undefined` for later. */
export async function askForCertificate(
  cluster: string,
  ask: Questions,
  { contexts, options, context }: { contexts: readonly string[]; options: SourceOptions; context: Context },
): Promise<{ pin: Pin; source: Source } | undefined> {
  for (;;) {
    const source = await askForSource(cluster, contexts, ask);
    if (source === undefined) return undefined;
    try {
      return { pin: await pinFrom(cluster, source, options, context), source };
    } catch (error) {
      reportError(context, error);
    }
  }
}

async function askForSource(cluster: string, contexts: readonly string[], ask: Questions): Promise<Source | undefined> {
  const answer = await ask.choose(`Where is the certificate of ${cluster}?`, [
    ...contexts.map((name) => ({
      value: `context ${name}`,
      label: `ask the controller through the context ${name}`,
    })),
    { value: 'file', label: 'in a file or at an address' },
    { value: 'later', label: 'later', hint: `seal cert --pin ${cluster}` },
  ]);
  if (answer === 'later') return undefined;
  if (answer !== 'file') return { context: answer.slice('context '.length) };
  const cert = await ask.text('File or address', (text) => (text.trim() === '' ? 'a path or https://…' : undefined));
  return { cert: cert.trim() };
}
