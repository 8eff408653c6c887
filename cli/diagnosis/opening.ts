// Cases about sealed values that do not open: wrong key, wrong name, wrong namespace, wrong scope and damaged bytes, told apart.

import { reasons } from '../../src/kube/reasons.ts';
import { shortKey } from '../../src/repository/check/pins.ts';
import { recordLabel } from '../../src/seal/record.ts';
import { type SealedFor, scopeAnnotations } from '../../src/seal/scope.ts';
import type { Case, Facts, SealedItemFacts } from './facts.ts';
import { because, called, namesOf, noted, resealing } from './words.ts';

/** What a record's line says of a value. */
export function sealedForOfRecord(label: string): SealedFor {
  if (label === '*') return { scope: 'cluster-wide' };
  const slash = label.indexOf('/');
  if (slash < 0) return { scope: 'namespace-wide', namespace: label };
  return { scope: 'strict', namespace: label.slice(0, slash), name: label.slice(slash + 1) };
}

const aboutOpening: readonly string[] = ['CannotOpen', 'UnknownKey', 'ValueDamaged', 'InvalidSpec'];

// A status that says something else than that values do not open is told by what it says.
function mayBeLocked({ live, sealed }: Facts): boolean {
  if (!sealed) return false;
  if (live?.is !== 'there') return true;
  const { ready, isCurrent, reason, stalled } = live.readiness;
  if (ready === 'True' && isCurrent) return false;
  const said = stalled?.reason ?? reason;
  return aboutOpening.includes(said) || !Object.hasOwn(reasons, said);
}

/** The items of which `isIt` holds, those that open left out. */
function itemsWhere(facts: Facts, isIt: (item: SealedItemFacts, sealedFor: SealedFor) => boolean): SealedItemFacts[] {
  const { sealed } = facts;
  if (!sealed || !mayBeLocked(facts)) return [];
  return sealed.items.filter((item) => item.opens !== true && isIt(item, sealed.sealedFor));
}

// A file that names no namespace leaves it open.
const isOther = (said: string | undefined, asked: string | undefined) =>
  said !== undefined && asked !== undefined && asked !== '' && said !== asked;

const recorded = ({ record, form }: SealedItemFacts) =>
  record === undefined || form !== 'sound' ? undefined : sealedForOfRecord(record.sealedFor);

/** `[first, ...all]` under the label that the first of them has. */
function sameLabel(items: readonly SealedItemFacts[]): SealedItemFacts[] {
  return items.filter(({ record }) => record?.sealedFor === items[0]?.record?.sealedFor);
}

function otherKeys({ keys, live, pinned, cluster, sealed }: Facts): (item: SealedItemFacts) => boolean {
  const saysUnknown =
    live?.is === 'there' && (live.readiness.stalled?.reason ?? live.readiness.reason) === 'UnknownKey';
  const known = new Set(keys?.known.map(({ id }) => id));
  return ({ record, form }) => {
    if (!record || form !== 'sound' || !sealed || known.has(record.keyId)) return false;
    const owner = pinned.get(record.keyId);
    return (
      saysUnknown || keys?.isComplete === true || (owner !== undefined && cluster !== undefined && owner !== cluster)
    );
  };
}

const isLive = ({ live }: Facts) => live?.is === 'there';

/** In the order in which they are tried. */
export const openingCases: readonly Case[] = [
  {
    code: 'Damaged',
    title: 'A value is no sealed value',
    told: 'Its text is not base64, or is cut off, or was never sealed.',
    mends: 'Seal the value again.',
    find(facts) {
      const items = itemsWhere(facts, ({ form }) => form === 'damaged');
      if (items.length === 0) return undefined;
      return {
        what: `${called(facts)}: ${namesOf(items)} cannot be opened by anybody`,
        cause: `the sealed text ${items[0]?.why ?? 'is damaged'}`,
        mend: resealing(facts, items),
      };
    },
  },
  {
    code: 'EncodedTwice',
    title: 'A sealed value was encoded once more',
    told: 'Its base64 holds base64 that holds a sealed value.',
    mends: 'Decode it once, or seal the value again.',
    find(facts) {
      const items = itemsWhere(facts, ({ form }) => form === 'twice');
      if (items.length === 0) return undefined;
      return {
        what: `${called(facts)}: ${namesOf(items)} cannot be opened`,
        cause: 'the sealed text was encoded in base64 a second time, as for the data of a Secret',
        mend: resealing(facts, items),
      };
    },
  },
  {
    code: 'OpensElsewhere',
    title: 'The value opens under another name, namespace or scope',
    told: "The controller's verify endpoint opens it as something else.",
    mends: 'Put name, namespace or scope back, or seal the value again.',
    find(facts) {
      const items = itemsWhere(facts, ({ opensAs }) => opensAs !== undefined);
      const [first] = items;
      if (!first?.opensAs || !facts.sealed) return undefined;
      return {
        what: `${called(facts)}: ${namesOf(items)} does not open as ${recordLabel(facts.sealed.sealedFor)}`,
        cause: `it opens as ${recordLabel(first.opensAs)} (${first.opensAs.scope}): it was sealed for that${because(facts)}`,
        mend: resealing(facts, items),
      };
    },
  },
  {
    code: 'OtherScope',
    title: 'Sealed for another scope',
    told: 'The seal record says another scope than the annotations of the SealedSecret.',
    mends: 'Put the scope annotation back, or seal the value again.',
    find(facts) {
      const items = sameLabel(itemsWhere(facts, (item, { scope }) => isOther(recorded(item)?.scope, scope)));
      const [first] = items;
      const label = first && recorded(first);
      if (!label || !facts.sealed) return undefined;
      const annotation = label.scope === 'strict' ? undefined : scopeAnnotations[label.scope];
      const { scope } = facts.sealed.sealedFor;
      return {
        what: `${called(facts)}: ${namesOf(items)} was sealed ${label.scope}, and the SealedSecret is ${scope}`,
        cause: `the seal record says ${first.record?.sealedFor}; the scope annotations were changed after sealing`,
        mend: noted(
          resealing(facts, items),
          `or ${annotation ? `annotate it ${annotation}: "true"` : `take the annotation ${scope === 'strict' ? '' : scopeAnnotations[scope]} away`}`,
        ),
      };
    },
  },
  {
    code: 'OtherNamespace',
    title: 'Sealed for another namespace',
    told: 'The seal record names another namespace than the one where the SealedSecret is, or where a Kustomization puts it.',
    mends: 'Put the namespace back, or seal the value again for this one.',
    find: (facts) => otherLabel(facts, 'namespace'),
  },
  {
    code: 'OtherName',
    title: 'Sealed for another name',
    told: 'The seal record names another SealedSecret than the one that the value is in, by its own name or one that a Kustomization makes.',
    mends: 'Put the name back, or seal the value again for this one.',
    find: (facts) => otherLabel(facts, 'name'),
  },
  {
    code: 'OtherKey',
    title: 'Sealed under a key that the cluster does not have',
    told: 'The seal record names a key that is not among those of the cluster, or one that is pinned for another cluster.',
    mends: 'Restore the key, or seal the value again with the certificate of this cluster.',
    find(facts) {
      const items = itemsWhere(facts, otherKeys(facts));
      const [first] = items;
      if (!first?.record) return undefined;
      const { keyId, day } = first.record;
      const owner = facts.pinned.get(keyId);
      return {
        what: `${called(facts)}: ${namesOf(items)} was sealed under key ${shortKey(keyId)}, which ${isLive(facts) ? 'this cluster does not have' : `is not of cluster ${facts.cluster}`}`,
        cause:
          owner === undefined
            ? `it was sealed on ${day} for another cluster, or the key was lost since`
            : `that key is of cluster ${owner}: it was sealed on ${day} for the wrong cluster`,
        mend: noted(resealing(facts, items), 'or restore the Secret of that key beside the controller'),
      };
    },
  },
  {
    code: 'OtherKeySize',
    title: 'Sealed with a key of another size',
    told: 'The RSA part of the sealed value fits no key of the cluster.',
    mends: 'Seal the value again with the certificate of this cluster.',
    find(facts) {
      const { keys } = facts;
      if (!keys?.isComplete) return undefined;
      const items = itemsWhere(facts, ({ form, bits }) => {
        return form === 'sound' && bits !== undefined && keys.known.every((key) => key.bits !== bits);
      });
      const [first] = items;
      if (!first) return undefined;
      const sizes = [...new Set(keys.known.map(({ bits }) => bits))].sort((a, b) => a - b);
      return {
        what: `${called(facts)}: ${namesOf(items)} was sealed with a key of another cluster`,
        cause: `its key has ${first.bits} bits, and those of this cluster have ${sizes.join(' or ') || 'none'}`,
        mend: resealing(facts, items),
      };
    },
  },
  {
    code: 'BytesChanged',
    title: 'The bytes are not those that were sealed',
    told: 'The seal record names this name, namespace, scope and a key of this cluster, and the value does not open all the same.',
    mends: 'Take the value from the history of the file, or seal it again.',
    find(facts) {
      if (!isLive(facts)) return undefined;
      const known = new Set(facts.keys?.known.map(({ id }) => id));
      const items = itemsWhere(
        facts,
        ({ record, form }) => form === 'sound' && record !== undefined && known.has(record.keyId),
      );
      // Where some of several fail, the controller's words say which.
      const failing = items.filter(({ name, opens }) => opens === false || saysItem(facts, name));
      if (failing.length === 0) return undefined;
      return {
        what: `${called(facts)}: ${namesOf(failing)} does not open, although its name, namespace, scope and key are right by the seal record`,
        cause:
          'the sealed text was changed since, by a merge or by hand, or copied from another SealedSecret without its line in the record',
        mend: resealing(facts, failing),
      };
    },
  },
  {
    code: 'Unrecorded',
    title: 'A value without a seal record does not open',
    told: 'Nothing in the manifest says what it was sealed for, or with which key.',
    mends: 'Seal the value again: then the record tells.',
    find(facts) {
      if (!isLive(facts)) return undefined;
      const items = itemsWhere(
        facts,
        ({ record, name, opens }) => !record && (opens === false || saysItem(facts, name)),
      );
      if (items.length === 0 || !facts.sealed) return undefined;
      return {
        what: `${called(facts)}: no key of this cluster opens ${namesOf(items)} as ${recordLabel(facts.sealed.sealedFor)}`,
        cause: `it was sealed for another cluster, name, namespace or scope, or was damaged: without a seal record nobody can tell which${because(facts)}`,
        mend: resealing(facts, items),
      };
    },
  },
];

function otherLabel(facts: Facts, part: 'namespace' | 'name') {
  const items = sameLabel(
    itemsWhere(
      facts,
      (item, sealedFor) => sealedFor.scope !== 'cluster-wide' && isOther(recorded(item)?.[part], sealedFor[part]),
    ),
  );
  const [first] = items;
  if (!first?.record || !facts.sealed) return undefined;
  return {
    what: `${called(facts)}: ${namesOf(items)} was sealed for ${first.record.sealedFor}, and would have to open as ${recordLabel(facts.sealed.sealedFor)}`,
    cause:
      facts.file?.renamedBy ??
      `the seal record says ${first.record.sealedFor}; the manifest was renamed, moved or copied after sealing`,
    mend: resealing(facts, items),
  };
}

// `db: no key could decrypt password, username: …` names them; a controller of another kind may name none.
function saysItem({ live, sealed, warning }: Facts, name: string): boolean {
  if (live?.is !== 'there') return false;
  const { message, stalled } = live.readiness;
  const words = new Set(`${stalled?.message ?? ''} ${message} ${warning?.message ?? ''}`.split(/[\s,:;()"]+/));
  return words.has(name) || !(sealed?.items ?? []).some((item) => words.has(item.name));
}
