// `seal cert`: the certificate that secrets are sealed with: printed, told about, and pinned.

import { CertificateError, UsageError } from '../../src/errors.ts';
import {
  type Certificate,
  chooseCertificate,
  isExpired,
  lastDay,
  parseCertificates,
} from '../../src/seal/certificate.ts';
import { excluding } from '../arguments.ts';
import { checkFingerprint, factsOf, factsText } from '../certificate-facts.ts';
import { clusterOptions, controllerOptions } from '../cluster.ts';
import { type Call, command } from '../command.ts';
import { jsonDocument } from '../json.ts';
import { hinted, located } from '../located.ts';
import { flag, text } from '../options.ts';
import type { Repository } from '../repository.ts';
import { Ruling } from '../ruling.ts';
import { type CertificateOptions, certificateText } from '../sealing-certificate.ts';
import { branchOption } from '../shared-options.ts';
import { warn } from '../ui.ts';

const options = {
  cert: text('--cert <file|url>', 'look at this one instead of asking the cluster'),
  info: flag('--info', 'say what it is instead of printing it'),
  json: flag('--json', 'say it, or what --pin has changed, as one JSON document'),
  fingerprint: text('--fingerprint <hex>', 'refuse any certificate but the one with this SHA-256 fingerprint'),
  pin: text(
    '--pin <cluster>',
    'keep it in the repository for this cluster of .sealwright.yaml, which may be a new one',
  ),
  cluster: text(
    '--cluster <name>',
    "cluster of .sealwright.yaml whose certificate it is; default: the one of the working folder's rule, or the only one",
  ),
  branch: branchOption,
  ...controllerOptions,
  ...clusterOptions,
} as const;

type CertCall = Call<typeof options>;

/** Prints it as PEM, with `--info` says what it is, with `--pin` writes it into the repository. */
export const cert = command({
  name: 'cert',
  summary: 'print, explain or pin the certificate that secrets are sealed with',
  description: `Prints the certificate that seals, as PEM: that of --cert, else the one that .sealwright.yaml pins for the cluster (--cluster, or that of the
working folder's rule, or the only one), else that of the controller: through the API server, or from the ConfigMap that it publishes. With an option that
chooses a cluster of the kubeconfig or a controller, that one is asked. Of several certificates it takes the one with the latest start that
has not expired.
--pin writes it into the file that the configuration names for the cluster, newest first, and takes out what has expired.

With --json: {source, subject, notBefore, notAfter, expired, ageDays, fingerprint, keyId, bits}, and with --pin: {cluster, file, keyId,
fingerprint, added, "dropped": [keyId], clusterAdded}.`,
  options,
  excess: 'say whose it is with --cluster NAME, or which with --cert FILE',
  examples: [
    { does: "keep the cluster's certificate beside the manifests, to seal offline", run: 'seal cert > sealing.pem' },
    { does: 'see how long a certificate is good for', run: 'seal cert --cert sealing.pem --info' },
    { does: 'pin what the controller of a cluster has now', run: 'seal cert --pin production --context prod' },
    { does: 'pin the certificate of a cluster that is not born yet', run: 'seal cert --pin edge --cert edge.pem' },
  ],
  async run(call) {
    const { options: given, context } = call;
    check(call);
    const place = await placeOf(call);
    const { certificate, from } = await find(place, call);
    if (given.fingerprint !== undefined) checkFingerprint(certificate, given.fingerprint, from);
    if (place && given.pin !== undefined) return pin({ certificate, from }, place, given.pin, call);
    const shown = factsOf(certificate, from, context.clock.now());
    if (given.json) return context.streams.out.write(jsonDocument(shown));
    if (given.info) return context.streams.out.write(factsText(shown));
    if (shown.expired) warn(context, `${from}: the certificate expired on ${shown.notAfter.slice(0, 10)}`);
    context.streams.out.write(certificate.pem);
  },
});

function check({ options: { cert: file, cluster, pin: pinned, info } }: CertCall): void {
  if (file === '') throw new UsageError('--cert is empty', { hint: 'leave it out to ask the cluster' });
  if (file !== undefined && cluster !== undefined) throw excluding('--cert', '--cluster');
  if (pinned === undefined) return;
  if (cluster !== undefined) throw excluding('--pin', '--cluster', '--pin names it');
  if (info) throw excluding('--pin', '--info');
}

interface Found {
  certificate: Certificate;
  /** What to call the place. */
  from: string;
}

/** A repository that has a say, and the cluster of it that is meant, if any. */
interface Place {
  repository: Repository;
  cluster: string | undefined;
}

async function placeOf({ options: given, context }: CertCall): Promise<Place | undefined> {
  const named = given.pin ?? given.cluster;
  const asksOther = [given.cert, given.kubeconfig, given.context, given.controllerName, given.controllerNamespace];
  if (named === undefined && asksOther.some(Boolean)) return undefined;
  const ruled = await new Ruling(given, context).about(undefined);
  if (ruled === undefined && named !== undefined) throw noConfiguration(named);
  if (ruled === undefined) return undefined;
  const [only, ...others] = ruled.repository.configuration.clusters.keys();
  const usual = ruled.rule?.cluster ?? (others.length === 0 ? only : undefined);
  return { repository: ruled.repository, cluster: named ?? usual };
}

function noConfiguration(name: string): UsageError {
  return new UsageError(`${name} is a cluster of .sealwright.yaml, and there is none`, {
    hint: 'seal init makes one; without it: seal cert > FILE',
  });
}

async function find(place: Place | undefined, call: CertCall): Promise<Found> {
  const { options: given, context } = call;
  const { repository, cluster } = place ?? {};
  const isNew = given.pin !== undefined && !repository?.configuration.clusters.has(given.pin);
  // A cluster that is pinned for the first time is asked as kubectl would ask it.
  if (given.cert !== undefined || !repository || isNew)
    return chosen(given, call).catch(async (error) => {
      throw given.pin === undefined ? await new Ruling(given, context).clusterMeant(error) : error;
    });
  if (cluster === undefined) {
    const names = [...repository.configuration.clusters.keys()];
    return chosen(given, call).catch((error) => {
      throw names.length === 0 ? error : hinted(error, `or say whose: --cluster ${names.join('|')}`);
    });
  }
  const { askingFor, clusterOf, pinnedCertificates } = await import('../repository.ts');
  const asked = askingFor(clusterOf(repository, cluster), given);
  // What is pinned says nothing new to who wants to pin.
  const certificates = given.pin === undefined ? await pinnedCertificates(repository, cluster, context) : [];
  if (certificates.length === 0) return chosen(asked, call);
  return { certificate: newest(certificates, call), from: `cluster ${cluster}` };
}

// Further down --cluster would be one of the kubeconfig.
async function chosen(where: CertificateOptions, call: CertCall): Promise<Found> {
  const { pem, from } = await certificateText({ ...where, cluster: undefined }, call.context);
  try {
    return { certificate: newest(await parseCertificates(pem), call), from };
  } catch (error) {
    throw located(error, from);
  }
}

// An expired one may be looked at, and not be pinned.
function newest(certificates: readonly Certificate[], { options: given, context }: CertCall): Certificate {
  const now = context.clock.now();
  const certificate = chooseCertificate(certificates, { now, allowExpired: true });
  if (given.pin === undefined || !isExpired(certificate, now)) return certificate;
  throw new CertificateError('CERTIFICATE_EXPIRED', `the certificate expired on ${lastDay(certificate)}`, {
    hint: `pin one that has not: seal cert --pin ${given.pin} --cert FILE`,
  });
}

async function pin({ certificate, from }: Found, { repository }: Place, cluster: string, call: CertCall) {
  const { options: given, context } = call;
  const { preparePins, tellPin, warnOfPin } = await import('../pinning.ts');
  const { replaceFiles } = await import('../replacing.ts');
  const wanted = { cluster, certificate, from };
  const { replacements, changes } = await preparePins(repository, [wanted], context);
  await warnOfPin(wanted, repository, context);
  await replaceFiles(replacements, context.files);
  for (const change of changes) tellPin(wanted, change, context, repository.file);
  if (given.json) context.streams.out.write(jsonDocument(changes[0]));
}
