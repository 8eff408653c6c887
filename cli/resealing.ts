// Values of a tree brought to the newest certificate: by the controllers of their clusters, or here with private keys.

import type { KeyRegistry } from '../keys/registry.ts';
import { sealingCipher } from '../keys/sealing-cipher.ts';
import type { Rotated, SealedValues } from '../keys/sealing-client.ts';
import { SealError } from '../src/errors.ts';
import type { Certificate } from '../src/seal/certificate.ts';
import { mapBounded } from '../src/seal/parallel.ts';
import { parseRecord } from '../src/seal/record.ts';
import { sealValue, tryOpenValue } from '../src/seal/value.ts';
import type { Context } from './context.ts';
import { type Controllers, type FoundController, refused } from './controllers.ts';
import { pinnedCertificates, type RuledFile } from './repository.ts';
import type { Ruling } from './ruling.ts';
import { note } from './ui.ts';

/** What seals the values of some files again: one certificate, and a way to it. */
export interface Resealer {
  certificate: Certificate;
  /** Seals again what another key than the certificate's opens; the answers are in the order asked. */
  reseal(asked: readonly SealedValues[]): Promise<readonly Rotated[]>;
}

/** Finds who seals the values of a file again; the same one for files that are sealed again together. */
export type ResealerOf = (ruled: RuledFile | undefined) => Promise<Resealer>;

/** What a controller's certificate has to be. */
interface Expected {
  /** The only one that is accepted. Default: one that is pinned for the cluster, or any where none is. */
  certificate: Certificate | undefined;
  allowExpired: boolean;
}

/** Through the controllers: plain text stays in the clusters. */
export function onlineResealers(controllers: Controllers, expected: Expected, context: Context): ResealerOf {
  return remembering(
    (ruled) => controllers.of(ruled),
    async (controller) => {
      const { client } = controller;
      const options = { now: context.clock.now(), allowExpired: expected.allowExpired };
      const certificate = await client.certificate(options).catch(refused);
      await checkKnown(certificate, controller, expected, context);
      let isTold = false;
      return {
        certificate,
        async reseal(asked) {
          const rotated = await client.rotate(asked, certificate).catch(refused);
          if (client.isAskedOneByOne && !isTold) note(context, oneByOne(client.name));
          isTold ||= client.isAskedOneByOne;
          return rotated;
        },
      };
    },
  );
}

const oneByOne = (name: string) =>
  `the controller ${name} takes one SealedSecret at a time and seals everything again that it is given; values without a record cannot be told current`;

// A context of the kubeconfig can be the wrong cluster, and what is sealed for it would not open in the right one.
async function checkKnown(
  certificate: Certificate,
  { client, cluster, reach }: FoundController,
  expected: Expected,
  context: Context,
): Promise<void> {
  const key = `the controller ${client.name} seals for key ${certificate.keyId}`;
  if (expected.certificate && expected.certificate.keyId !== certificate.keyId) {
    throw new SealError('OTHER_CERTIFICATE', `${key}, and --cert is for key ${expected.certificate.keyId}`, {
      hint: 'no controller reseals to a certificate that is not its own; --private-key FILE does it offline',
    });
  }
  if (expected.certificate || !cluster) return;
  const pinned = await pinnedCertificates(cluster.repository, cluster.name, context);
  if (pinned.length === 0 || pinned.some(({ keyId }) => keyId === certificate.keyId)) return;
  throw new SealError('CERTIFICATE_NOT_PINNED', `${key}, which is not pinned for cluster ${cluster.name}`, {
    hint: [
      `pin it first, where it is the right cluster: seal cert --pin ${cluster.name}${reach}`,
      'where it is not, choose another with --context',
    ],
  });
}

/** With private keys, offline: for the certificate that `ruling` has for the file. */
export function offlineResealers(ruling: Ruling, keys: KeyRegistry): ResealerOf {
  return remembering(
    (ruled) => ruling.certificate(ruled),
    async (certificate) => ({
      certificate,
      reseal: (asked) => mapBounded(asked, 1, (each) => resealHere(each, { certificate, keys })),
    }),
  );
}

const valuesAtOnce = 4;

async function resealHere(
  { sealedFor, values, record }: SealedValues,
  { certificate, keys }: { certificate: Certificate; keys: KeyRegistry },
): Promise<Rotated> {
  const lines = parseRecord(record);
  const fresh = new Map<string, string>();
  const failed: string[] = [];
  await mapBounded([...values], valuesAtOnce, async ([item, sealed]) => {
    const keyIdHint = lines.get(item)?.keyId;
    const opened = await tryOpenValue(sealed, { opener: keys, sealedFor, keyIdHint });
    if (!opened) failed.push(item);
    else if (opened.keyId !== certificate.keyId)
      fresh.set(item, await sealValue(opened.plaintext, { certificate, sealedFor, cipher: sealingCipher }));
    opened?.plaintext.fill(0);
  });
  return { values: fresh, failed };
}

function remembering<K extends object>(
  keyOf: (ruled: RuledFile | undefined) => Promise<K>,
  make: (key: K) => Promise<Resealer>,
): ResealerOf {
  const known = new Map<K, Promise<Resealer>>();
  return async (ruled) => {
    const key = await keyOf(ruled);
    const resealer = known.get(key) ?? make(key);
    known.set(key, resealer);
    return resealer;
  };
}
