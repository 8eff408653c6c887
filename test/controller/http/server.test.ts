// The HTTP server: what it answers, and the limits of what it takes.

import { request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { readyHandler } from '../../../controller/http/health.ts';
import { type Routes, routed, textResponse } from '../../../controller/http/respond.ts';
import { type Listening, serve } from '../../../controller/http/server.ts';
import { utf8Text } from '../../../src/encoding/bytes.ts';

let listening: Listening | undefined;
afterEach(() => listening?.close());

async function open(routes: Routes) {
  const errors: unknown[] = [];
  listening = await serve(
    { host: '127.0.0.1', port: 0 },
    routed(routes, (error) => errors.push(error)),
  );
  return { url: listening.url, errors };
}

it('answers, and answers HEAD without a body', async () => {
  const { url } = await open({ '/x': { GET: () => textResponse('hello') } });
  expect(await (await fetch(`${url}/x?y=1`)).text()).toBe('hello');
  const head = await fetch(`${url}/x`, { method: 'HEAD' });
  expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '5', '']);
});

it('tells other paths and other methods with a code', async () => {
  const { url } = await open({ '/x': { GET: () => textResponse('hello') } });
  const missing = await fetch(`${url}/__proto__`);
  expect([missing.status, await missing.json()]).toEqual([
    404,
    { error: { code: 'NOT_FOUND', message: expect.any(String) } },
  ]);
  const wrong = await fetch(`${url}/x`, { method: 'PUT', body: 'x' });
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET']);
});

it('says nothing about what went wrong inside', async () => {
  const { url, errors } = await open({
    '/x': {
      GET: () => {
        throw new Error('s3cret');
      },
    },
  });
  const response = await fetch(`${url}/x`);
  expect([response.status, (await response.text()).includes('s3cret'), errors.length]).toEqual([500, false, 1]);
});

it('that cannot have its address says which and why', async () => {
  const { url } = await open({});
  const refused = (host: string, port: number) => serve({ host, port }, () => textResponse(''));
  const { host, port } = new URL(url);
  await expect(refused('127.0.0.1', Number(port))).rejects.toMatchObject({
    code: 'CANNOT_LISTEN',
    message: `cannot listen at ${host}: another program listens there`,
  });
  await expect(refused('192.0.2.1', 0)).rejects.toMatchObject({
    message: 'cannot listen at 192.0.2.1:0: this machine has no such address',
  });
});

it('takes no more than two mebibytes', async () => {
  const { url } = await open({ '/x': { POST: () => textResponse('ok') } });
  const status = await new Promise<number>((resolve, reject) => {
    const call = request(`${url}/x`, { method: 'POST' }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    call.on('error', reject);
    call.end(Buffer.alloc(2 * 1024 * 1024 + 1));
  }).catch(() => 413);
  expect(status).toBe(413);
});

it('holds no more than 32 mebibytes of unfinished requests, and takes more once they are gone', async () => {
  const { url } = await open({ '/x': { POST: ({ body }) => textResponse(String(body.byteLength)) } });
  const mebibyte = 1024 * 1024;
  const begin = (bytes: number) => {
    const call = request(`${url}/x`, { method: 'POST', headers: { 'content-length': 2 * mebibyte } });
    const status = new Promise<number>((resolve) => {
      call.on('response', (response) => resolve(response.resume().statusCode ?? 0));
      call.on('error', () => resolve(0));
    });
    call.write(Buffer.alloc(bytes));
    return { call, status };
  };
  const slow = Array.from({ length: 20 }, () => begin(2 * mebibyte - 1));
  const statuses = await Promise.race(slow.map(({ status }) => status));
  expect(statuses).toBe(503);
  for (const { call } of slow) call.destroy();
  await expect.poll(async () => (await fetch(`${url}/x`, { method: 'POST', body: 'ok' })).status).toBe(200);
});

it('counts answers that nobody reads, until whoever asked is gone', async () => {
  const mebibyte = 1024 * 1024;
  const { url } = await open({ '/x': { POST: ({ body }) => textResponse('x'.repeat(Number(utf8Text(body)))) } });
  const ask = (bytes: number) => fetch(`${url}/x`, { method: 'POST', body: String(bytes) });
  const unread = connect(Number(new URL(url).port), '127.0.0.1');
  unread.pause();
  unread.write(`POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 8\r\n\r\n${40 * mebibyte}`);
  await expect.poll(async () => (await ask(1)).status).toBe(503);
  unread.destroy();
  await expect.poll(async () => (await ask(1)).status).toBe(200);
});

it('takes a body that comes in many small pieces', async () => {
  const { url } = await open({ '/x': { POST: ({ body }) => textResponse(String(body.byteLength)) } });
  const pieces = Array.from({ length: 2000 }, () => new TextEncoder().encode('x'));
  const body = ReadableStream.from(pieces);
  const answer = await fetch(`${url}/x`, { method: 'POST', body, duplex: 'half' });
  expect(await answer.text()).toBe('2000');
});

it('is not ready before everything is there, and says what is missing', async () => {
  const response = await readyHandler(() => ['sealing keys', 'Secrets'])({
    method: 'GET',
    path: '/readyz',
    body: new Uint8Array(),
  });
  expect([response.status, response.body]).toEqual([503, 'waiting for sealing keys, Secrets\n']);
});
