// What is understood of a Vault server's event stream, and that the tests' own stream is one that a WebSocket client can read.

import { WebSocket } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { changeIn } from '../../../../controller/stores/vault/events.ts';
import { kvEvent, startVaultEvents, type VaultEvents } from '../../support/vault-events.ts';

const change = (event: unknown) => changeIn(JSON.stringify(event));
/** An event with other metadata, and as another type. */
const event = (metadata: object, more: object = {}) => ({
  data: { event: { metadata }, event_type: 'kv-v2/data-write', ...more },
});

describe('a message of the event stream', () => {
  it('says which secret has which version now', () => {
    const message =
      '{"id":"a3be9fb1-b514-519f-5b25-b6f144a8c1ce","source":"https://vaultproject.io/","specversion":"1.0","type":"*","data":{"event":{"id":"a3be9fb1-b514-519f-5b25-b6f144a8c1ce","metadata":{"current_version":"2","data_path":"team/kv/data/app/db","modified":"true","oldest_version":"0","operation":"data-write","path":"team/kv/data/app/db","vault_index":"djEuMC4w"}},"event_type":"kv-v2/data-write","plugin_info":{"mount_class":"secret","mount_accessor":"kv_5dc4d18e","mount_path":"team/kv/","plugin":"kv","version":"v0.19.0+builtin"},"namespace":"ns1/child/"},"datacontentype":"application/cloudevents","time":"2026-01-01T00:00:00Z"}';
    expect(changeIn(message)).toEqual({
      namespace: 'ns1/child',
      engine: 'kv-v2',
      mount: 'team/kv',
      path: 'app/db',
      version: 2,
      operation: 'data-write',
      index: 'djEuMC4w',
    });
  });

  it.each([
    ['data-write', 'kv-v2'],
    ['data-patch', 'kv-v2'],
    ['data-delete', 'kv-v2'],
    ['delete', 'kv-v2'],
    ['undelete', 'kv-v2'],
    ['destroy', 'kv-v2'],
    ['metadata-delete', 'kv-v2'],
    ['write', 'kv-v1'],
    ['delete', 'kv-v1'],
  ] as const)('%s of %s changes a secret', (operation, engine) => {
    expect(change(kvEvent({ path: 'app/db', operation, engine }))).toEqual({
      namespace: '',
      engine,
      mount: 'secret',
      path: 'app/db',
      operation,
    });
  });

  it.each([
    ['settings of the engine', kvEvent({ path: 'x', operation: 'config-write' })],
    ['settings of a secret', kvEvent({ path: 'app/db', operation: 'metadata-write' })],
    ['a call that changed nothing', kvEvent({ path: 'app/db', modified: false })],
    ['another engine', event({ path: 'database/creds/x' }, { event_type: 'database/creds-create' })],
    ['a kind of event yet unknown', event({ path: 'secret/data/x' }, { event_type: 'kv-v2/data-read' })],
    ['a later engine', event({ path: 'secret/data/x' }, { event_type: 'kv-v3/data-write' })],
  ])('is of no use when it tells of %s', (_, message) => {
    expect(change(message)).toBe('other');
  });

  it.each([
    '',
    'ping',
    'null',
    '[]',
    '{}',
    '{"data":{}}',
    '{"data":null}',
    '{"data":{"event":{"metadata":[]},"event_type":"kv-v2/data-write"}}',
    '{"data":{"event":{"metadata":{}},"event_type":7}}',
    '{"data":{"event":{"metadata":{}},"event_type":"kv-v2/data-write"}}',
    '{"data":{"event":{"metadata":{"path":7}},"event_type":"kv-v2/data-write"}}',
    '{"data":{"event":{"metadata":{"path":"secret"}},"event_type":"kv-v2/data-write"}}',
    '{"data":{"event":{"metadata":{"path":"secret/data/"}},"event_type":"kv-v2/data-write"}}',
    '{"data":{"event":{"metadata":{"path":"app/db"}},"event_type":"kv-v2/data-write","plugin_info":{"mount_path":"secret/"}}}',
    '{"data":{"event":{"metadata":{"path":"/"}},"event_type":"kv-v1/write"}}',
  ])('%s cannot be read', (message) => {
    expect(changeIn(message)).toBe('unreadable');
  });

  it('may leave out the mount, or name the path below it', () => {
    const place = { engine: 'kv-v2', mount: 'secret', path: 'app/db' };
    expect(change(event({ path: 'secret/data/app/db' }))).toMatchObject(place);
    expect(change(event({ path: 'data/app/db' }, { plugin_info: { mount_path: 'secret/' } }))).toMatchObject(place);
    expect(change(event({ path: '/secret/destroy/app/db' }, { event_type: 'kv-v2/destroy' }))).toMatchObject(place);
    expect(change(event({ path: 'kv/a/b' }, { event_type: 'kv-v1/write' }))).toMatchObject({
      mount: 'kv',
      path: 'a/b',
    });
  });

  it('is taken at its mount where folders have the names of the API', () => {
    const plugin_info = { mount_path: 'data/metadata/' };
    expect(change(event({ path: 'data/metadata/data/data/x' }, { plugin_info }))).toMatchObject({
      mount: 'data/metadata',
      path: 'data/x',
    });
  });

  it.each(['0', '-1', 'x', '', null, 1.5, '99999999999999999999', {}])('with the version %j has none', (version) => {
    expect(change(event({ path: 'secret/data/x', current_version: version }))).not.toHaveProperty('version');
  });

  it('may have its version as a number', () => {
    expect(change(event({ path: 'secret/data/x', current_version: 7 }))).toHaveProperty('version', 7);
  });
});

describe("the tests' stream", () => {
  let server: VaultEvents;
  afterEach(() => server.close());

  /** What a client sees: texts, then how it ended. */
  function subscribe(path = 'kv*?json=true', token = 't1') {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/v1/sys/events/subscribe/${path}`, {
      headers: { 'x-vault-token': token, 'x-vault-namespace': 'ns1' },
    });
    const messages: unknown[] = [];
    const waiting: (() => void)[] = [];
    socket.addEventListener('message', ({ data }) => {
      messages.push(data);
      for (const resolve of waiting.splice(0)) resolve();
    });
    const connected = new Promise<void>((resolve) => socket.addEventListener('open', () => resolve()));
    const ended = new Promise<{ code: number; reason: string }>((resolve) => {
      socket.addEventListener('close', ({ code, reason }) => resolve({ code, reason }));
    });
    const received = async (count: number) => {
      while (messages.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
      return messages;
    };
    return { socket, connected, ended, received };
  }

  it('hands messages of any length to who has subscribed', async () => {
    server = await startVaultEvents();
    const { received } = subscribe();
    await server.opened(1);
    server.send(kvEvent({ path: 'app/db', version: 3 }));
    server.send('x'.repeat(100));
    server.send('y'.repeat(70_000));
    const [first, ...others] = await received(3);
    expect(changeIn(String(first))).toMatchObject({ mount: 'secret', path: 'app/db', version: 3 });
    expect(others).toEqual(['x'.repeat(100), 'y'.repeat(70_000)]);
    expect(server.open).toMatchObject([{ types: 'kv*', token: 't1', namespace: 'ns1' }]);
    expect(server.open[0]?.query.get('json')).toBe('true');
  });

  it('has its pings answered, ends in the regular way, and breaks off', async () => {
    server = await startVaultEvents();
    const first = subscribe();
    await server.opened(1);
    await server.ping();
    server.end(1001, 'going away');
    expect(await first.ended).toEqual({ code: 1001, reason: 'going away' });
    const second = subscribe();
    await server.opened(1);
    server.drop();
    expect((await second.ended).code).toBe(1006);
    const third = subscribe();
    await third.connected;
    third.socket.close();
    expect((await third.ended).code).toBe(1005);
  });

  it('can send what is no WebSocket at all', async () => {
    server = await startVaultEvents();
    const { ended } = subscribe();
    await server.opened(1);
    server.garble();
    expect((await ended).code).toBe(1006);
  });

  it('refuses whoever has no right to it, and is not there where events are not', async () => {
    server = await startVaultEvents();
    server.tokens = new Set(['t2']);
    expect((await subscribe().ended).code).toBe(1006);
    server.refuse = { status: 404 };
    expect((await subscribe('kv*', 't2').ended).code).toBe(1006);
    expect(server.attempts).toHaveLength(2);
    expect(server.open).toHaveLength(0);
  });
});
