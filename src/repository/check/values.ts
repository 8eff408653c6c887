// Sealed values as bytes: damaged, encoded twice, made with a key of another size, or too many.

import type { Finding } from '../finding.ts';
import { checkFindings } from '../findings/check.ts';
import { largeCiphertextBytes } from '../lints.ts';
import { type SealedItem, sealedViewOf } from './sealed.ts';
import { byCause, found, listed, type Subject, setAgain } from './subject.ts';

/** What can be told of sealed values without any key. */
export function checkValues(subject: Subject): Finding[] {
  const view = sealedViewOf(subject);
  if (!view) return [];
  return [
    ...view.items.flatMap((item) => damage(subject, item)),
    ...otherSizes(subject, view.items),
    ...size(subject, view.items),
  ];
}

function damage(subject: Subject, item: SealedItem): Finding[] {
  const { name, at, value, isLegacy } = item;
  const hint = isLegacy
    ? 'seal the Secret again: this is the form of Sealed Secrets before 0.7'
    : `seal it again: ${setAgain(subject, [item])}`;
  if (value.is === 'damaged') {
    return [found(subject, checkFindings.damagedValue, { at, hint, message: `the sealed value ${name} ${value.why}` })];
  }
  if (value.is === 'twice') {
    const message = `the sealed value ${name} is base64 of base64: it was encoded once more after it was sealed`;
    return [found(subject, checkFindings.encodedTwice, { at, message, hint: `decode it once, or ${hint}` })];
  }
  return [];
}

// A key whose id is known, or known to be of no use, is told of elsewhere.
function otherSizes(subject: Subject, items: readonly SealedItem[]): Finding[] {
  const { rule, pins } = subject;
  const pinned = rule && pins.clusters.get(rule.cluster);
  if (!rule || !pinned?.isComplete) return [];
  const isOdd = ({ value, record }: SealedItem) =>
    value.is === 'sound' && !pinned.bits.has(value.bits) && (!record || pinned.certificates.has(record.keyId));
  const groups = byCause(items, (item) =>
    isOdd(item) && item.value.is === 'sound' ? String(item.value.bits) : undefined,
  );
  return Array.from(groups, ([bits, all]) =>
    found(subject, checkFindings.otherKeySize, {
      at: all[0].at,
      message: `${listed(all.map(({ name }) => name))}: sealed with an RSA key of ${bits} bits, and cluster ${rule.cluster} has none of that size (${[...pinned.bits].join(', ')})`,
      hint: `seal again: ${setAgain(subject, all)}`,
    }),
  );
}

function size(subject: Subject, items: readonly SealedItem[]): Finding[] {
  const total = items.reduce((sum, item) => sum + item.size, 0);
  if (total <= largeCiphertextBytes) return [];
  return [
    found(subject, checkFindings.tooLarge, {
      at: ['spec', 'encryptedData'],
      message: `the sealed values take ${Math.ceil(total / 1000)} kB; kubectl apply works up to about 200 kB`,
      hint: 'apply it with --server-side (Argo CD: the sync option ServerSideApply=true), or split it into several Secrets',
    }),
  ];
}
