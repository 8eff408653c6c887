// Sealed values that are damaged, told from their bytes.

import { describe, expect, it } from 'vitest';
import { base64Encode } from '../../../../src/encoding/base64.ts';
import { utf8Bytes } from '../../../../src/encoding/bytes.ts';
import { checkValues } from '../../../../src/repository/check/values.ts';
import { findings, keys, rule, sealed, sealedSecret, subjects, way } from './subjects.ts';

const one = (value: string) => sealedSecret({ good: {}, odd: { value } });
const twice = base64Encode(utf8Bytes(sealed()));

describe('a sealed value', () => {
  it.each([
    ['number', '5', 'is not text'],
    ['null', 'null', 'is not text'],
    ['list', '[a]', 'is not text'],
    ['empty text', '""', 'is cut off or was not made by sealing'],
    ['plain text in base64', 'aHVudGVyMg==', 'is cut off or was not made by sealing'],
    ['a value that was cut', sealed().slice(0, 300), 'is cut off or was not made by sealing'],
    ['a value without its padding', sealed(2048, 33).slice(0, -1), 'is not standard base64'],
    ['base64 for URLs', sealed().replace(/^../, '-_'), 'is not standard base64'],
    ['words', 'not sealed yet', 'is not standard base64'],
    [
      'lines folded into one, with spaces',
      `>-\n      ${sealed().slice(0, 100)}\n      ${sealed().slice(100)}`,
      'is not standard base64',
    ],
  ])('is damaged: %s', (_, value, why) => {
    const found = findings(checkValues, one(value));
    expect(found).toEqual([expect.stringMatching(/^SW102 at "odd: /)]);
    expect(found[0]).toContain(`the sealed value odd ${why}`);
  });

  it('is told from one that was encoded once more', () => {
    expect(findings(checkValues, one(twice))).toEqual([expect.stringMatching(/^SW114 at "odd: .*base64 of base64/)]);
    expect(findings(checkValues, one(base64Encode(utf8Bytes('abcd'.repeat(200)))))).toEqual([
      expect.stringMatching(/^SW102/),
    ]);
  });

  it.each([
    ['broken into lines', `|\n      ${sealed().slice(0, 100)}\n      ${sealed().slice(100)}`],
    ['quoted', `"${sealed()}"`],
    ['still to be rendered', '"{{ .Values.password }}"'],
    ['to be substituted', `"\${PASSWORD}"`],
  ])('is sound when it is %s', (_, value) => {
    expect(findings(checkValues, one(value))).toEqual([]);
  });

  it('of another key size is found where a rule says what cluster it is for', () => {
    const text = sealedSecret({ a: {}, b: { value: sealed(4096) }, c: { value: sealed(4096) } });
    expect(findings(checkValues, text)).toEqual([]);
    expect(findings(checkValues, text, { rule: rule({ cluster: 'asked' }) })).toEqual([]);
    expect(findings(checkValues, text, { rule: rule() })).toEqual([
      expect.stringMatching(
        /^SW103 at "b: .*b and c: sealed with an RSA key of 4096 bits, and cluster production has none .* \(2048\)$/,
      ),
    ]);
    const staging = findings(checkValues, text, { rule: rule({ cluster: 'staging' }) });
    expect(staging).toEqual([expect.stringMatching(/^SW103 at "a: /)]);
  });

  it('of another key size is told of once, where its record says more', () => {
    const record = (keyId: string) => `${keyId} shop/db 2026-11-21`;
    const text = sealedSecret({
      a: { record: record(keys.lost), value: sealed(4096) },
      b: { record: record(keys.newest), value: sealed(4096) },
    });
    expect(findings(checkValues, text, { rule: rule() })).toEqual([expect.stringMatching(/^SW103 at "b: /)]);
  });
});

describe('sealed values together', () => {
  it('are too large for client-side apply from 200 kB on', () => {
    const items = (count: number) =>
      sealedSecret(
        Object.fromEntries(Array.from({ length: count }, (_, n) => [`i${n}`, { value: sealed(2048, 30_000) }])),
      );
    expect(findings(checkValues, items(4))).toEqual([]);
    expect(findings(checkValues, items(5))).toEqual([
      'SW113 at "encryptedData:": the sealed values take 202 kB; kubectl apply works up to about 200 kB',
    ]);
  });
});

describe('odd SealedSecrets', () => {
  it.each([
    ['no spec', 'spec: null'],
    ['no items', 'spec: {encryptedData: null}'],
    ['items as a list', 'spec: {encryptedData: [a]}'],
  ])('with %s hold no values', (_, spec) => {
    expect(findings(checkValues, `apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\n${spec}\n`)).toEqual([]);
  });

  it('behind an alias are found on the line where the alias is', () => {
    const text = `apiVersion: v1\nkind: List\nx: &items {a: cut}\nitems:\n  - apiVersion: bitnami.com/v1alpha1\n    kind: SealedSecret\n    metadata: {name: db}\n    spec:\n      encryptedData: *items\n`;
    expect(findings(checkValues, text)).toEqual([expect.stringMatching(/^SW102 at "encryptedData: \*items"/)]);
  });

  it('have hints that name the SealedSecret where a file holds several', () => {
    const text = `${one('cut')}---\n${one('cut')}`;
    const hints = subjects(text, { renames: [way()] }).flatMap(checkValues);
    expect(hints.map(({ hint }) => hint)).toEqual(Array(2).fill('seal it again: seal set a.yaml odd --name db'));
  });
});
