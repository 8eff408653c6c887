// Attempts, time limits, connections and proxies of the way to AWS.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { smallAws } from '../support/small-aws.ts';
import { refusalOf, textOf } from '../support/vault.ts';

const house = smallAws();

describe('attempts and time', () => {
  it('tries twice by itself, and leaves longer patience to others', async () => {
    house.aws.refusals.set('GetSecretValue', { name: 'InternalServiceError', status: 500 });
    expect(await refusalOf(await house.open(), 'db')).toMatchObject({ class: 'Unavailable' });
    expect(house.operations()).toEqual(['GetSecretValue', 'GetSecretValue']);
  });

  it('does not try again what was refused for good', async () => {
    expect(await refusalOf(await house.open(), 'nothing')).toMatchObject({ class: 'NotFound' });
    expect(house.operations()).toEqual(['GetSecretValue']);
  });

  it('gives up an answer that does not come', async () => {
    house.aws.silent.add('GetSecretValue');
    const backend = await house.open({}, { timeouts: { answerMs: 50 }, retries: { maxRetries: 0 } });
    expect(await refusalOf(backend, 'db')).toMatchObject({
      class: 'Unavailable',
      message: "AWS Secrets Manager: reading 'db': AWS did not answer in time",
    });
    expect(house.stage.calls).toMatchObject([
      { provider: 'aws-secrets-manager', call: 'GetSecretValue', code: 'timeout' },
    ]);
  });

  it('says that nobody listens', async () => {
    const backend = await house.open({}, { endpoint: 'http://127.0.0.1:1', retries: { maxRetries: 0 } });
    expect(await refusalOf(backend, 'db')).toMatchObject({
      class: 'Unavailable',
      message: "AWS Secrets Manager: reading 'db': AWS was not reached (ECONNREFUSED)",
    });
    expect(house.stage.calls).toMatchObject([{ code: 'refused' }]);
  });

  it('ends with the signal of the caller, and with its reason', async () => {
    house.aws.silent.add('GetSecretValue');
    const backend = await house.open();
    const leaving = new AbortController();
    const asked = backend.read([{ key: 'db' }], leaving.signal);
    while (house.aws.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
    leaving.abort(new Error('shutting down'));
    await expect(asked).rejects.toThrow('shutting down');
  });

  it('keeps its connections for the next calls', async () => {
    const backend = await house.open();
    for (let count = 0; count < 10; count++) await textOf(backend, 'db');
    expect(house.aws.connections).toBeLessThanOrEqual(2);
  });

  it('tells metrics of every attempt', async () => {
    let count = 0;
    house.aws.refusals.set('GetSecretValue', () =>
      count++ === 0 ? { name: 'InternalServiceError', status: 500 } : undefined,
    );
    await textOf(await house.open({ role: 'arn:aws:iam::123456789012:role/reader' }), 'db');
    expect(house.stage.calls.map(({ call, code }) => `${call} ${code}`)).toEqual([
      'AssumeRole 200',
      'GetSecretValue 500',
      'GetSecretValue 200',
    ]);
    expect(house.stage.calls.every(({ seconds }) => seconds >= 0)).toBe(true);
  });

  it('asks through the proxy of the environment, and never for longer than it may', async () => {
    const asked: string[] = [];
    const sockets: Duplex[] = [];
    const proxy = createServer().on('connect', ({ url = '' }, socket) => {
      asked.push(url);
      sockets.push(socket);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as AddressInfo;
    try {
      const environment = { HTTP_PROXY: `http://127.0.0.1:${port}` };
      // Long enough for a busy machine to have asked.
      const timeouts = { connectMs: 1_000, answerMs: 50 };
      const backend = await house.open(
        {},
        { endpoint: 'http://aws.test:9', environment, timeouts, retries: { maxRetries: 0 } },
      );
      expect(await refusalOf(backend, 'db')).toMatchObject({ class: 'Unavailable' });
    } finally {
      for (const socket of sockets) socket.destroy();
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
    }
    expect(asked).toEqual(['aws.test:9']);
  });
});
