// Values under keys that are old, gone, or another cluster's.

import { describe, expect, it } from 'vitest';
import { checkKeys } from '../../../../src/repository/check/keys.ts';
import { pinsOf } from '../../../../src/repository/check/pins.ts';
import { findings, keys, now, pins, rule, sealedSecret } from './subjects.ts';

const under = (...ids: string[]) =>
  sealedSecret(Object.fromEntries(ids.map((id, n) => [`i${n}`, { record: `${id} shop/db 2026-11-21` }])));

describe('the key of a sealed value', () => {
  it.each([
    ['the newest', keys.newest, []],
    [
      'an older one',
      keys.older,
      ['SW108 at "i0: AQA": i0: sealed under 22222222, which is not the newest certificate of cluster production'],
    ],
    [
      "another cluster's",
      keys.staging,
      [
        'SW104 at "i0: AQA": i0: sealed for cluster staging, and the rule of .sealwright.yaml:7 gives the file to production',
      ],
    ],
    [
      'nobody knows',
      keys.lost,
      ['SW107 at "i0: AQA": i0: sealed under 44444444, which cluster production does not pin'],
    ],
  ])('is %s', (_, id, expected) => {
    expect(findings(checkKeys, under(id), { rule: rule() }).map((text) => text.replace(/AQA[^"]*/, 'AQA'))).toEqual(
      expected,
    );
  });

  it('is told of once for all values under it, on the line of the first', () => {
    const found = findings(checkKeys, under(keys.newest, keys.lost, keys.older, keys.lost, keys.lost), {
      rule: rule(),
    });
    expect(found).toEqual([
      expect.stringMatching(/^SW107 at "i1: .*": i1, i3 and i4: /),
      expect.stringMatching(/^SW108 at "i2: .*": i2: /),
    ]);
  });

  it('is nobody’s concern without a rule, a record, or a value', () => {
    expect(findings(checkKeys, under(keys.lost))).toEqual([]);
    expect(findings(checkKeys, sealedSecret({ a: {} }), { rule: rule() })).toEqual([]);
    const damaged = sealedSecret({ a: { record: `${keys.lost} shop/db 2026-11-21`, value: 'cut' } });
    expect(findings(checkKeys, damaged, { rule: rule() })).toEqual([]);
  });

  it('may be anything for a cluster that is asked, but not another cluster’s', () => {
    const asked = { rule: rule({ cluster: 'asked' }) };
    expect(findings(checkKeys, under(keys.lost), asked)).toEqual([]);
    expect(findings(checkKeys, under(keys.staging), asked)).toEqual([expect.stringMatching(/^SW104/)]);
  });

  it('may be shared by clusters', () => {
    const shared = pinsOf(
      [...pins.clusters].map(([name, { certificates }]) => [
        name,
        [...certificates.values(), ...pins.clusters.get('staging')!.certificates.values()],
      ]),
      now,
    );
    const found = findings(checkKeys, under(keys.staging), { rule: rule(), pins: shared });
    expect(found.filter((text) => text.startsWith('SW104'))).toEqual([]);
  });
});
