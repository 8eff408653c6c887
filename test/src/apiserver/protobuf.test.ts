// Protobuf bodies of kubectl: what is in the table is read, and nothing else is ever dropped unseen.

import { expect, it } from 'vitest';
import { decodeProtobuf } from '../../../src/apiserver/protobuf.ts';

// `kubectl create secret generic x --from-literal=a=b` of kubectl 1.32, as sent.
const secret = Buffer.from(
  'k8s\0\n\f\n\x02v1\x12\x06Secret\x12\x1d\n\x11\n\x01x\x12\0\x1a\0"\0*\x002\x008\0B\0\x12\x06\n\x01a\x12\x01b\x1a\0"\0',
  'latin1',
);

it('a Secret as kubectl sends it is read', () => {
  expect(decodeProtobuf(secret)).toEqual({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'x' },
    data: { a: 'Yg==' },
  });
});

it('every truncation is refused or reads as less', () => {
  for (let length = 0; length < secret.length; length++) {
    const read = decodeProtobuf(secret.subarray(0, length));
    expect(read === undefined || (read.data as object | undefined) === undefined || length >= secret.length - 4).toBe(
      true,
    );
  }
});

it('a field that is not in the table is refused, unless it is empty', () => {
  const withField = (bytes: number[]) => {
    const raw = Buffer.from([0x0a, 0x03, 0x0a, 0x01, 0x78, ...bytes]);
    const head = Buffer.from('k8s\0\n\f\n\x02v1\x12\x06Secret', 'latin1');
    return decodeProtobuf(Buffer.concat([head, Buffer.from([0x12, raw.length]), raw]));
  };
  expect(withField([0x7a, 0x00])).toEqual({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } });
  expect(withField([0x7a, 0x01, 0x61])).toBeUndefined();
});

it('a kind that is not in the table is refused', () => {
  expect(decodeProtobuf(Buffer.from('k8s\0\n\x15\n\x07apps/v1\x12\nDeployment\x12\0', 'latin1'))).toBeUndefined();
  expect(decodeProtobuf(Buffer.from('{"kind":"Secret"}'))).toBeUndefined();
});
