// `seal cert`: the certificate that secrets are sealed with, and the facts about it.

import { CertificateError } from '../../src/errors.ts';
import { type Certificate, chooseCertificate, isExpired, parseCertificates } from '../../src/seal/certificate.ts';
import { clusterOptions, controllerOptions } from '../cluster.ts';
import { command } from '../command.ts';
import { located } from '../located.ts';
import { flag, text } from '../options.ts';
import { certificateText } from '../sealing-certificate.ts';
import { warn } from '../ui.ts';

const dayMs = 86_400_000;

/** Prints it as PEM, or with `--info` says what it is. */
export const cert = command({
  name: 'cert',
  summary: 'print the certificate that secrets are sealed with',
  description: `Prints the certificate that seals, as PEM: of the cluster's controller, or of a file or address.
Of several it takes the one with the latest start that has not expired.`,
  options: {
    cert: text('--cert <file|url>', 'look at this one instead of asking the cluster'),
    info: flag('--info', 'say what it is instead of printing it'),
    json: flag('--json', 'with --info: as JSON'),
    fingerprint: text('--fingerprint <hex>', 'refuse any certificate but the one with this SHA-256 fingerprint'),
    ...controllerOptions,
    ...clusterOptions,
  },
  examples: [
    { does: "keep the cluster's certificate beside the manifests, to seal offline", run: 'seal cert > sealing.pem' },
    { does: 'see how long a certificate is good for', run: 'seal cert --cert sealing.pem --info' },
  ],
  async run({ options, context }) {
    const { pem, from } = await certificateText(options, context);
    const now = context.clock.now();
    try {
      const certificate = chooseCertificate(await parseCertificates(pem), { now, allowExpired: true });
      if (options.fingerprint) checkFingerprint(certificate, options.fingerprint);
      const shown = factsOf(certificate, from, now);
      if (options.json) return context.streams.out.write(`${JSON.stringify(shown, null, 2)}\n`);
      if (options.info) return context.streams.out.write(textOf(shown));
      if (shown.expired) warn(context, `${from}: the certificate expired on ${shown.notAfter.slice(0, 10)}`);
      context.streams.out.write(certificate.pem);
    } catch (error) {
      throw located(error, from);
    }
  },
});

/** What `--info --json` prints. Times are RFC 3339. */
interface CertificateFacts {
  source: string;
  subject: string;
  notBefore: string;
  notAfter: string;
  expired: boolean;
  /** Whole days since notBefore. */
  ageDays: number;
  /** SHA-256 over the certificate, hex. */
  fingerprint: string;
  /** The id that seal records carry. */
  keyId: string;
  bits: number;
}

function factsOf(certificate: Certificate, source: string, now: Date): CertificateFacts {
  const { subject, notBefore, notAfter, fingerprint, keyId, bits } = certificate;
  return {
    source,
    subject,
    notBefore: notBefore.toISOString(),
    notAfter: notAfter.toISOString(),
    expired: isExpired(certificate, now),
    ageDays: Math.floor((now.getTime() - notBefore.getTime()) / dayMs),
    fingerprint,
    keyId,
    bits,
  };
}

function textOf(facts: CertificateFacts): string {
  const { ageDays } = facts;
  const rows = [
    ['source', facts.source],
    ['subject', facts.subject || '(none)'],
    ['valid from', facts.notBefore],
    ['valid until', `${facts.notAfter}${facts.expired ? ' (expired)' : ''}`],
    ['age', ageDays < 0 ? 'not valid yet' : `${ageDays} ${ageDays === 1 ? 'day' : 'days'}`],
    ['fingerprint', `sha256 ${facts.fingerprint}`],
    ['key id', facts.keyId],
    ['key', `RSA, ${facts.bits} bits`],
  ];
  return rows.map(([name = '', value]) => `${`${name}:`.padEnd(13)} ${value}\n`).join('');
}

/** Takes hex with or without colons, and a leading `sha256:`. */
function checkFingerprint({ fingerprint }: Certificate, expected: string): void {
  const wanted = expected
    .trim()
    .toLowerCase()
    .replace(/^sha-?256[:\s]\s*/, '')
    .replace(/[:\s]/g, '');
  if (wanted === fingerprint) return;
  throw new CertificateError(
    'FINGERPRINT_MISMATCH',
    `the certificate's fingerprint is ${fingerprint}, not the one expected`,
    {
      hint: 'do not seal with it before you know why it changed',
    },
  );
}
