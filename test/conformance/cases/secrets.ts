// What the API server checks of Secrets and ConfigMaps.

import { expect, it } from 'vitest';
import { configMap, expectDone, expectRefusal, type Lab, secret } from '../lab.ts';

const immutableMessage = (name: string) =>
  `Secret "${name}" is invalid: data: Forbidden: field is immutable when \`immutable\` is set`;

export function secretCases(lab: () => Lab): void {
  it('stringData is folded into data and wins', async () => {
    const path = await lab().secrets();
    const body = { ...secret('a', { a: 'MQ==', b: 'Mg==' }), stringData: { a: 'ä', c: '' } };
    const created = expectDone(await lab().post(path, body), 201);
    expect(created.data).toEqual({ a: 'w6Q=', b: 'Mg==', c: '' });
    expect(created.stringData).toBeUndefined();
  });

  it('data that is not base64 is refused', async () => {
    const path = await lab().secrets();
    expectRefusal(
      await lab().post(path, secret('a', { a: '!!' })),
      400,
      'BadRequest',
      'Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte 0',
    );
    expectRefusal(
      await lab().post(path, secret('a', { a: 'YWJ' })),
      400,
      'BadRequest',
      /illegal base64 data at input byte/,
    );
  });

  it('item names have a small alphabet', async () => {
    const path = await lab().secrets();
    expectRefusal(
      await lab().post(path, secret('a', { 'a b': 'MQ==' })),
      422,
      'Invalid',
      `Secret "a" is invalid: data[a b]: Invalid value: "a b": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`,
    );
  });

  it('an immutable Secret keeps its data and stays immutable', async () => {
    const path = await lab().secrets();
    const created = expectDone(await lab().post(path, secret('a', { a: 'MQ==' }, { immutable: true })), 201);
    expectRefusal(
      await lab().put(`${path}/a`, { ...created, data: { a: 'Mg==' } }),
      422,
      'Invalid',
      immutableMessage('a'),
    );
    expectRefusal(
      await lab().put(`${path}/a`, { ...created, immutable: false }),
      422,
      'Invalid',
      /immutable: Forbidden: field is immutable when `immutable` is set/,
    );
    const labelled = { ...created, metadata: { ...created.metadata, labels: { a: 'b' } } };
    expect(expectDone(await lab().put(`${path}/a`, labelled), 200).metadata.labels).toEqual({ a: 'b' });
  });

  it('the type of a Secret does not change', async () => {
    const path = await lab().secrets();
    const created = expectDone(await lab().post(path, secret('a')), 201);
    expectRefusal(
      await lab().put(`${path}/a`, { ...created, type: 'example.com/other' }),
      422,
      'Invalid',
      /type: Invalid value: "example\.com\/other": field is immutable/,
    );
  });

  it.each([
    ['kubernetes.io/tls', /data\[tls\.crt\]: Required value.*data\[tls\.key\]: Required value/],
    ['kubernetes.io/ssh-auth', /data\[ssh-privatekey\]: Required value/],
    ['kubernetes.io/basic-auth', /data\[username\]: Required value.*data\[password\]: Required value/],
    ['kubernetes.io/dockerconfigjson', /data\[\.dockerconfigjson\]: Required value/],
  ])('a Secret of type %s has the items of its type', async (type, message) => {
    const path = await lab().secrets();
    expectRefusal(await lab().post(path, secret('a', { other: 'MQ==' }, { type })), 422, 'Invalid', message);
  });

  it('a docker configuration must be JSON', async () => {
    const path = await lab().secrets();
    const reply = await lab().post(
      path,
      secret('a', { '.dockerconfigjson': 'bm90IGpzb24=' }, { type: 'kubernetes.io/dockerconfigjson' }),
    );
    expectRefusal(reply, 422, 'Invalid', /data\[\.dockerconfigjson\]: Invalid value: "<secret contents redacted>"/);
  });

  it('a Secret holds at most a mebibyte', async () => {
    const path = await lab().secrets();
    const value = Buffer.alloc(1024 * 1024).toString('base64');
    expectDone(await lab().post(path, secret('a', { a: value })), 201);
    const reply = await lab().post(path, secret('b', { a: value, b: 'MQ==' }));
    expectRefusal(reply, 422, 'Invalid', 'Secret "b" is invalid: data: Too long: may not be more than 1048576 bytes');
  });

  it('a field of the wrong type is a bad request', async () => {
    const path = await lab().secrets();
    expectRefusal(
      await lab().post(path, { ...secret('a'), immutable: 'yes' }),
      400,
      'BadRequest',
      /cannot be handled as a Secret/,
    );
  });

  it('a ConfigMap checks its item names too', async () => {
    const namespace = await lab().namespace();
    const reply = await lab().post(`/api/v1/namespaces/${namespace}/configmaps`, configMap('a', { 'a/b': '1' }));
    expectRefusal(reply, 422, 'Invalid', /^ConfigMap "a" is invalid: data\[a\/b\]: Invalid value/);
  });
}
