// The keys that values were sealed under, told from the seal record: another cluster's, one that is gone, an old one.

import { shellPath } from '../../shell-words.ts';
import type { Finding } from '../finding.ts';
import { checkFindings } from '../findings/check.ts';
import { shortKey } from './pins.ts';
import { type SealedItem, sealedViewOf } from './sealed.ts';
import { byCause, found, listed, type Said, type Subject, setAgain } from './subject.ts';

/** Compares the key of every recorded value with those that the rule's cluster pins. */
export function checkKeys(subject: Subject): Finding[] {
  const view = sealedViewOf(subject);
  const { rule, pins } = subject;
  if (!view || !rule) return [];
  const pinned = pins.clusters.get(rule.cluster);
  const groups = byCause(view.items, ({ record, value }) => (value.is === 'sound' ? record?.keyId : undefined));
  return [...groups].flatMap(([keyId, items]) => {
    if (pinned?.newest.keyId === keyId) return [];
    const owners = pins.owners.get(keyId) ?? [];
    if (owners.includes(rule.cluster)) return [found(subject, checkFindings.olderKey, older(subject, items, keyId))];
    if (owners.length > 0) return [found(subject, checkFindings.otherCluster, other(subject, items, owners))];
    return pinned?.isComplete ? [found(subject, checkFindings.unpinnedKey, unpinned(subject, items, keyId))] : [];
  });
}

type Items = [SealedItem, ...SealedItem[]];

const namesOf = (items: Items) => listed(items.map(({ name }) => name));

function older({ file, rule }: Subject, items: Items, keyId: string): Said {
  const message = `${namesOf(items)}: sealed under ${shortKey(keyId)}, which is not the newest certificate of cluster ${rule?.cluster}`;
  return { at: items[0].at, message, hint: `seal reseal ${shellPath(file)}` };
}

function other(subject: Subject, items: Items, owners: readonly string[]): Said {
  const { rule, ruleName } = subject;
  return {
    at: items[0].at,
    message: `${namesOf(items)}: sealed for cluster ${owners.join(' or ')}, and ${ruleName} gives the file to ${rule?.cluster}`,
    hint: `seal it for ${rule?.cluster}: ${setAgain(subject, items)}`,
  };
}

function unpinned({ file, rule }: Subject, items: Items, keyId: string): Said {
  return {
    at: items[0].at,
    message: `${namesOf(items)}: sealed under ${shortKey(keyId)}, which cluster ${rule?.cluster} does not pin`,
    hint: `seal reseal ${shellPath(file)}, or pin the certificate again if the cluster still has its key`,
  };
}
