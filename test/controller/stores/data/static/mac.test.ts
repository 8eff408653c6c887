// The digest in `status.secretMAC`.

import { createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { secretMac } from '../../../../../controller/stores/data/static/mac.ts';
import { SecretBytes } from '../../../../../src/redact.ts';

const key = Buffer.from('0123456789abcdef');
const items = (values: Record<string, string>) =>
  new Map(Object.entries(values).map(([name, value]) => [name, new SecretBytes(Buffer.from(value))] as const));

it('is over the JSON that Go makes of the data', () => {
  const json = '{"_raw":"e30=","a":"","b.c":"aGk="}';
  expect(secretMac(key, items({ 'b.c': 'hi', _raw: '{}', a: '' }))).toBe(
    createHmac('sha256', key).update(json).digest('base64'),
  );
});

it('does not depend on the order of the items, and on everything else', () => {
  const mac = secretMac(key, items({ a: '1', b: '2' }));
  expect(secretMac(key, items({ b: '2', a: '1' }))).toBe(mac);
  expect(secretMac(key, items({ a: '1', b: '3' }))).not.toBe(mac);
  expect(secretMac(key, items({ a: '1', c: '2' }))).not.toBe(mac);
  expect(secretMac(key, items({ a: '1' }))).not.toBe(mac);
  expect(secretMac(Buffer.from('another key, 16b'), items({ a: '1', b: '2' }))).not.toBe(mac);
});

it('of no items is over an empty object', () => {
  expect(secretMac(key, new Map())).toBe(createHmac('sha256', key).update('{}').digest('base64'));
});
