// The certificate to seal with: from a file, from a URL, or from the cluster's controller.

import { isSealError, SealError } from '../src/errors.ts';
import { type Certificate, isExpired, lastDay, sealingCertificate } from '../src/seal/certificate.ts';
import { shellPath } from '../src/shell-words.ts';
import { type ClusterOptions, withCluster } from './cluster.ts';
import type { Context } from './context.ts';
import { hinted, located } from './located.ts';
import { note, warn } from './ui.ts';

/** PEM text, and what to call its source. */
export interface CertificateText {
  pem: string;
  from: string;
}

/** Where to look. Without `cert` the cluster is asked. */
export interface CertificateOptions extends ClusterOptions {
  cert?: string | undefined;
}

const fetchTimeoutMs = 30_000;
const largestBytes = 1024 * 1024;

/** The certificates as they are found, unchecked. Throws `SealError`, with outcome `unreachable` where no answer came. */
export async function certificateText(options: CertificateOptions, context: Context): Promise<CertificateText> {
  const { cert } = options;
  if (!cert) return fromCluster(options, context);
  if (/^https?:\/\//i.test(cert)) return { pem: await download(cert, context), from: cert };
  const path = cert.startsWith('file://') ? decodeURIComponent(new URL(cert).pathname) : cert;
  return { pem: new TextDecoder().decode(await readCertificate(path, options, context)), from: path };
}

async function readCertificate(path: string, options: CertificateOptions, { files }: Context): Promise<Uint8Array> {
  try {
    return await files.read(path);
  } catch (error) {
    if (!isSealError(error) || error.code !== 'FILE_NOT_FOUND') throw error;
    const { controllerReachOf } = await import('./reach.ts');
    const fetching = `seal cert${controllerReachOf(options)} > ${shellPath(path)}`;
    throw new SealError(error.code, `no such file: ${path}, given as the certificate`, {
      hint: `--cert takes a PEM file or an address; ${fetching} fetches the one of the cluster`,
      cause: error,
    });
  }
}

/** The certificate that seals. An expired one is refused, or with `allowExpired` warned about. */
export async function certificateToSealWith(
  options: CertificateOptions & { allowExpired?: boolean },
  context: Context,
): Promise<Certificate> {
  const { pem, from } = await certificateText(options, context);
  const now = context.clock.now();
  const certificate = await sealingCertificate(pem, { now, allowExpired: options.allowExpired }).catch((error) => {
    throw located(error, from);
  });
  if (isExpired(certificate, now)) {
    warn(context, `${from}: the certificate expired on ${lastDay(certificate)}`);
  }
  return certificate;
}

async function fromCluster(options: CertificateOptions, context: Context): Promise<CertificateText> {
  const { controllerName: name, controllerNamespace: namespace } = options;
  try {
    return await withCluster(options, context, async (api) => {
      const { clusterCertificate } = await import('../keys/cluster-certificate.ts');
      const found = await clusterCertificate(api, { name, namespace, signal: context.signal });
      if (found.because) note(context, `asked ${found.from}: ${found.because}`);
      return found;
    });
  } catch (error) {
    throw hinted(error, 'or use a certificate that you have: --cert FILE');
  }
}

async function download(url: string, context: Context): Promise<string> {
  const timeout = new AbortController();
  const cancel = context.clock.timer(fetchTimeoutMs, () => timeout.abort());
  const signal = AbortSignal.any([context.signal, timeout.signal]);
  try {
    const response = await context.fetch(url, { signal });
    if (!response.ok)
      throw new SealError('CERTIFICATE_NOT_FETCHED', `${shown(url)} answers ${response.status}`, {
        hint: 'check the address, or give a file: --cert FILE',
      });
    return await textOf(response, url);
  } catch (cause) {
    if (isSealError(cause)) throw cause;
    const { why, hint } = timeout.signal.aborted
      ? { why: 'no answer in 30 seconds', hint: 'check the address' }
      : reasonOf(cause);
    throw new SealError('CERTIFICATE_NOT_FETCHED', `cannot fetch the certificate from ${shown(url)}: ${why}`, {
      hint: `${hint}, or give a file: --cert FILE`,
      cause,
    });
  } finally {
    cancel();
  }
}

// It ends at the limit, whatever the server goes on to send.
async function textOf({ body }: Response, url: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.byteLength;
    if (length > largestBytes)
      throw new SealError('CERTIFICATE_NOT_FETCHED', `${shown(url)} is no certificate: it is too large`, {
        hint: 'check the address, or give a file: --cert FILE',
      });
    chunks.push(chunk);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

// fetch hides what went wrong one or two causes down.
function reasonOf(error: unknown): { why: string; hint: string } {
  const hint = 'check the address';
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const code = 'code' in cause ? String(cause.code) : '';
    if (/CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(code))
      return { why: 'its TLS certificate is not trusted', hint: 'trust its authority with NODE_EXTRA_CA_CERTS=FILE' };
    if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return { why: 'there is no such host', hint };
    if (/redirect/.test(cause.message)) return { why: 'it redirects without end', hint };
  }
  return { why: 'no connection', hint };
}

// An address may carry a password.
function shown(url: string): string {
  try {
    const { origin, pathname } = new URL(url);
    return origin + pathname;
  } catch {
    return 'that address';
  }
}
