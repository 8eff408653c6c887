// The words of a refusal name the Secret, whose it is, and what would give leave to whom.

import { expect, it } from 'vitest';
import type { Claim } from '../../../controller/secret/ownership.ts';
import { checkOwnership } from '../../../controller/secret/refusals.ts';
import { seenSecret } from '../../../controller/secret/seen.ts';
import type { ObjectMeta } from '../../../src/kube/objects.ts';

const secret = { name: 'db' };
const claimOf = (kind: string, rest: Partial<Claim> = {}): Claim => ({
  owner: { apiVersion: 'example.com/v1', kind, name: 'app', uid: 'now' },
  mayAdopt: false,
  ...rest,
});
const sealed = claimOf('SealedSecret');
const external = claimOf('ExternalSecret', { external: { merges: false, createdBy: 'me' } });
const vault = claimOf('VaultStaticSecret', { vault: { create: true, overwrite: false } });
const keeper = {
  ownerReferences: [{ apiVersion: 'example.com/v1', kind: 'Keeper', name: 'k', uid: 'other', controller: true }],
};

const table: [Claim, ObjectMeta, string, RegExp][] = [
  [sealed, keeper, 'Secret db belongs to Keeper k', /^annotate the Secret sealedsecrets\.bitnami\.com\/managed=true/],
  [external, keeper, 'Secret db belongs to Keeper k', /^choose another spec\.target\.name$/],
  [vault, keeper, 'Secret db belongs to Keeper k', /^choose another spec\.destination\.name$/],
  [
    sealed,
    {},
    'Secret db was there before, and was not made for this SealedSecret',
    /^delete it, annotate the SealedSecret sealwright\.dev\/adopt=true, or annotate the Secret/,
  ],
  [
    external,
    {},
    'Secret db was there before, and was not made for this ExternalSecret',
    /^delete it, or annotate the ExternalSecret sealwright\.dev\/adopt=true$/,
  ],
  [
    vault,
    {},
    'Secret db was there before, and was not made for this VaultStaticSecret',
    /^delete it, or set spec\.destination\.overwrite, or annotate the VaultStaticSecret/,
  ],
];

it.each(table)(
  'a Secret that is not theirs is refused in words that help the kind: $owner.kind %#',
  (claim, metadata, message, hint) => {
    const refusal = () => checkOwnership(secret, claim, seenSecret({ metadata }));
    expect(refusal).toThrow(
      expect.objectContaining({ reason: 'NotOwned', message, hints: [expect.stringMatching(hint)] }),
    );
  },
);

it('a Secret that is being deleted is waited for', () => {
  const seen = seenSecret({ metadata: { deletionTimestamp: '2026-11-21T00:00:00Z' } });
  expect(() => checkOwnership(secret, sealed, seen)).toThrow(
    expect.objectContaining({ reason: 'SecretLeaving', afterMs: 30_000 }),
  );
});

it('what is not there may be made', () => {
  expect(checkOwnership(secret, sealed, undefined)).toEqual({ kind: 'absent' });
});
