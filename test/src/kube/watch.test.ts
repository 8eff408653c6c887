// The watch that never dies, against a real HTTP server that misbehaves in every way we know of.

import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { createClient } from '../../../src/kube/client.ts';
import { fixedConfig } from '../../../src/kube/cluster-config.ts';
import type { Secret } from '../../../src/kube/objects.ts';
import { resources } from '../../../src/kube/resources.ts';
import { type WatchForeverOptions, watchForever } from '../../../src/kube/watch.ts';
import { FakeClock } from '../../support/clock.ts';
import { type Loopback, loopback, type Received, sendJson, sendStatus } from '../../support/loopback.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Watched {
  clock: FakeClock;
  server: Loopback;
  /** What the handler was told, in order: `+a`, `~a`, `-a`, `synced`, `!reason`. */
  told: string[];
  /** Resolves when the handler was told this. */
  until(word: string, count?: number): Promise<void>;
  /** Lets one pause between attempts pass. */
  pass(ms?: number): Promise<void>;
  stop(): Promise<void>;
}

interface Script {
  list?: (request: Received, response: ServerResponse, nth: number) => void;
  watch: (request: Received, response: ServerResponse, nth: number) => void;
}

async function follow(script: Script, options: Partial<WatchForeverOptions<Secret>> = {}): Promise<Watched> {
  const counts = { list: 0, watch: 0 };
  const server = await loopback((request, response) => {
    const kind = request.query.get('watch') ? 'watch' : 'list';
    const answer = script[kind] ?? ((_: Received, to: ServerResponse) => sendJson(to, 200, list('1')));
    answer(request, response, counts[kind]++);
  });
  const clock = new FakeClock();
  const config = fixedConfig({ server: server.url });
  const api = createClient({ config, clock, random: () => 0.5, watchIdleMs: 100_000 });
  const told: string[] = [];
  const listeners = new Set<() => void>();
  const tell = (word: string) => {
    told.push(word);
    for (const listener of listeners) listener();
  };
  const stopping = new AbortController();
  const done = watchForever<Secret>({
    api,
    resource: resources.secret,
    clock,
    random: () => 0.5,
    signal: stopping.signal,
    handler: {
      onAdd: ({ metadata }) => tell(`+${metadata.name}`),
      onUpdate: ({ metadata }) => tell(`~${metadata.name}`),
      onDelete: ({ name, uid, last }) => tell(`-${name}:${uid}${last ? '' : ':unseen'}`),
      onRewind: () => tell('rewound'),
      onSync: () => tell('synced'),
      onRestart: (reason) => tell(`!${reason}`),
    },
    ...options,
  });
  const stop = async () => {
    stopping.abort();
    await done;
  };
  cleanups.push(
    () => server.close(),
    () => api.close(),
    stop,
  );
  const until = async (word: string, count = 1) => {
    while (told.filter((one) => one === word).length < count) {
      await new Promise<void>((resolve) => {
        const listener = () => {
          listeners.delete(listener);
          resolve();
        };
        listeners.add(listener);
      });
    }
  };
  const pass = async (ms = 30_000) => {
    await clock.untilSleeping();
    await clock.advance(ms);
  };
  return { clock, server, told, until, pass, stop };
}

const object = (name: string, resourceVersion = '1', uid = `uid-${name}`) => ({
  metadata: { name, namespace: 'shop', uid, resourceVersion },
});

const list = (resourceVersion: string, items: object[] = [], token?: string) => ({
  metadata: { resourceVersion, ...(token && { continue: token }) },
  items,
});

const line = (type: string, subject: object) => `${JSON.stringify({ type, object: subject })}\n`;

/** Starts an answer and leaves it open. */
function open(response: ServerResponse, ...lines: string[]) {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  for (const one of lines) response.write(one);
}

describe('the ordinary course', () => {
  test('a collection is listed in pages, synced once, then followed from the list’s version', async () => {
    const watched = await follow({
      list: ({ query }, response) =>
        sendJson(response, 200, query.get('continue') ? list('5', [object('b')]) : list('5', [object('a')], 'next')),
      watch: (_, response) =>
        open(
          response,
          line('ADDED', object('c', '6')),
          line('MODIFIED', object('a', '7')),
          line('DELETED', object('b', '8')),
        ),
    });
    await watched.until('-b:uid-b');
    expect(watched.told).toEqual(['+a', '+b', 'synced', '+c', '~a', '-b:uid-b']);
    const watch = watched.server.requests.at(-1);
    expect(Object.fromEntries(watch?.query ?? [])).toEqual({
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: '5',
      timeoutSeconds: '450',
    });
  });

  test('when the server’s time is up the watch goes on at once from the last bookmark', async () => {
    let end: (() => void) | undefined;
    const watched = await follow({
      watch: (_, response, nth) => {
        open(response, line('BOOKMARK', { metadata: { resourceVersion: '99' } }));
        if (nth === 0) end = () => response.end(line('ADDED', object('last', '98')));
        else response.write(line('ADDED', object('next', '100')));
      },
    });
    await watched.until('synced');
    await until(() => end !== undefined);
    await watched.clock.advance(60_000);
    end?.();
    await watched.until('+next');
    expect(watched.told).toEqual(['synced', '+last', '!ended', '+next']);
    expect(watched.server.requests.filter(({ query }) => !query.get('watch'))).toHaveLength(1);
  });

  test('an unchanged object in a new list is not told again', async () => {
    const watched = await follow({
      list: (_, response, nth) =>
        sendJson(response, 200, list(`${nth}`, [object('a', '3'), object('b', nth ? '4' : '3')])),
      watch: (_, response, nth) => (nth === 0 ? sendStatus(response, 410) : open(response)),
    });
    await watched.until('!expired');
    await watched.pass();
    await watched.until('synced', 2);
    expect(watched.told).toEqual(['+a', '+b', 'synced', '!expired', '~b', 'synced']);
  });

  test('metadata-only reaches the list and the watch, and bodies go no further', async () => {
    const seen: object[] = [];
    const watched = await follow(
      {
        list: (_, response) => sendJson(response, 200, list('1', [{ ...object('a'), data: { x: 'aHVudGVyMg==' } }])),
        watch: (_, response) => open(response, line('ADDED', { ...object('b', '2'), data: { x: 'aHVudGVyMg==' } })),
      },
      {
        metadataOnly: true,
        handler: { onAdd: (one) => seen.push(one), onUpdate() {}, onDelete() {} },
      },
    );
    await until(() => seen.length === 2);
    expect(JSON.stringify(seen)).not.toContain('aHVudGVyMg==');
    expect(watched.server.requests.every(({ headers }) => headers.accept?.includes('as=PartialObjectMetadata'))).toBe(
      true,
    );
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

describe('what was missed', () => {
  test('an object that vanished while nobody watched is told as gone, one made again as gone and new', async () => {
    const watched = await follow({
      list: (_, response, nth) =>
        sendJson(
          response,
          200,
          nth === 0 ? list('5', [object('a'), object('b')]) : list('9', [object('b', '8', 'uid-b-2')]),
        ),
      watch: (_, response, nth) => (nth === 0 ? sendStatus(response, 410, { reason: 'Expired' }) : open(response)),
    });
    await watched.until('!expired');
    await watched.pass();
    await watched.until('synced', 2);
    expect(watched.told.slice(4)).toEqual(['-b:uid-b:unseen', '+b', '-a:uid-a:unseen', 'synced']);
  });

  test('an object made again between two events is gone and new, not changed', async () => {
    const watched = await follow({
      list: (_, response) => sendJson(response, 200, list('5', [object('a')])),
      watch: (_, response) => open(response, line('MODIFIED', object('a', '7', 'uid-a-2'))),
    });
    await watched.until('+a', 2);
    expect(watched.told).toEqual(['+a', 'synced', '-a:uid-a:unseen', '+a']);
  });

  test('a list whose continue token expired starts again and forgets nothing', async () => {
    const watched = await follow({
      list: (_, response, nth) => {
        if (nth === 0) return sendJson(response, 200, list('5', [object('a')], 'next'));
        if (nth === 1) return sendStatus(response, 410, { reason: 'Expired' });
        sendJson(response, 200, list('6', [object('a'), object('b')]));
      },
      watch: (_, response) => open(response),
    });
    await watched.until('!expired');
    await watched.pass();
    await watched.until('synced');
    expect(watched.told).toEqual(['+a', '!expired', '+b', 'synced']);
  });
});

describe('trouble', () => {
  const trouble: [string, string, boolean, (request: Received, response: ServerResponse) => void][] = [
    ['410 as an answer', 'expired', true, (_, response) => sendStatus(response, 410)],
    ['410 as an event', 'expired', true, (_, response) => open(response, line('ERROR', { kind: 'Status', code: 410 }))],
    ['500 as an answer', 'server-error', false, (_, response) => sendStatus(response, 500)],
    [
      '500 as an event',
      'server-error',
      false,
      (_, response) => open(response, line('ERROR', { kind: 'Status', code: 500 })),
    ],
    ['503 from a proxy', 'server-error', false, (_, response) => response.writeHead(503).end('<html>')],
    ['403', 'denied', false, (_, response) => sendStatus(response, 403)],
    ['429', 'throttled', false, (_, response) => sendStatus(response, 429)],
    ['a reset before the answer', 'disconnected', false, ({ socket }) => socket.destroy()],
    ['a line that is not JSON', 'bad-data', true, (_, response) => open(response, '{"type":"ADDED","obj\n')],
    ['JSON that is no event', 'bad-data', true, (_, response) => open(response, '{"items":[]}\n')],
    ['an object without metadata', 'bad-data', true, (_, response) => open(response, line('ADDED', {}))],
    ['an answer that ends at once', 'ended', false, (_, response) => response.writeHead(200).end()],
  ];
  test.each(trouble)('%s: it starts again (%s)', async (_, reason, listsAgain, answer) => {
    const watched = await follow({
      list: (_request, response) => sendJson(response, 200, list('5')),
      watch: (request, response, nth) =>
        nth === 0 ? answer(request, response) : open(response, line('ADDED', object('a', '6'))),
    });
    await watched.until(`!${reason}`);
    await watched.pass();
    await watched.until('+a');
    expect(watched.told).toEqual(['synced', `!${reason}`, ...(listsAgain ? ['synced'] : []), '+a']);
  });

  test('a reset in the middle of a line loses nothing', async () => {
    let hangUp: (() => void) | undefined;
    const watched = await follow({
      watch: ({ socket }, response, nth) => {
        if (nth > 0) return open(response, line('ADDED', object('b', '7')));
        open(response, line('ADDED', object('a', '6')), '{"type":"ADD');
        hangUp = () => socket.destroy();
      },
    });
    await watched.until('+a');
    hangUp?.();
    await watched.until('!disconnected');
    await watched.pass();
    await watched.until('+b');
    expect(watched.server.requests.at(-1)?.query.get('resourceVersion')).toBe('6');
  });

  test('characters and events that arrive byte by byte are whole', async () => {
    const bytes = Buffer.from(line('ADDED', object('schlüssel-🔑', '6')));
    const watched = await follow({
      watch: async (_, response) => {
        open(response);
        for (const byte of bytes) {
          response.write(Uint8Array.of(byte));
          await new Promise((resolve) => setImmediate(resolve));
        }
      },
    });
    await watched.until('+schlüssel-🔑');
  });

  test('a connection that is half open is found by its silence, and any byte keeps it alive', async () => {
    let first: ServerResponse | undefined;
    const watched = await follow({
      watch: (_, response, nth) => {
        if (nth > 0) return open(response, line('ADDED', object('b', '7')));
        open(response, line('ADDED', object('a', '6')));
        first = response;
      },
    });
    await watched.until('+a');
    await watched.clock.advance(99_000);
    first?.write(line('MODIFIED', object('a', '7')));
    await watched.until('~a');
    await watched.clock.untilWaiting();
    await watched.clock.advance(99_000);
    expect(watched.told).not.toContain('!silent');
    await watched.clock.advance(1_000);
    await watched.until('!silent');
    await watched.pass();
    await watched.until('+b');
    expect(watched.server.requests.at(-1)?.query.get('resourceVersion')).toBe('7');
  });

  test('a throttling server is left alone for as long as it asks', async () => {
    const watched = await follow({
      watch: (_, response, nth) =>
        nth === 0
          ? sendStatus(response, 429, {}, { 'retry-after': '20' })
          : open(response, line('ADDED', object('a', '6'))),
    });
    await watched.until('!throttled');
    await watched.pass(19_999);
    expect(watched.clock.sleeping).toBe(1);
    await watched.clock.advance(10_000);
    await watched.until('+a');
  });

  test('waits grow while it goes badly, up to half a minute, and it never gives up', async () => {
    const watched = await follow({ watch: (_, response) => response.writeHead(403).end() });
    const waits: number[] = [];
    for (let nth = 1; nth <= 8; nth++) {
      await watched.until('!denied', nth);
      await watched.clock.untilSleeping();
      const before = watched.clock.monotonicMs();
      const requests = watched.server.requests.length;
      while (watched.clock.sleeping > 0) await watched.clock.advance(100);
      await until(() => watched.server.requests.length > requests);
      waits.push(watched.clock.monotonicMs() - before);
    }
    expect(waits).toEqual([400, 800, 1600, 3200, 6400, 12_800, 15_000, 15_000]);
  });

  test('a version that the server keeps failing on is given up for a new list', async () => {
    const watched = await follow({
      list: (_, response, nth) => sendJson(response, 200, list(nth === 0 ? '900' : '5')),
      watch: ({ query }, response) =>
        query.get('resourceVersion') === '900'
          ? sendStatus(response, 504)
          : open(response, line('ADDED', object('a', '6'))),
    });
    for (let nth = 1; nth <= 3; nth++) {
      await watched.until('!server-error', nth);
      await watched.pass();
    }
    await watched.until('+a');
    expect(watched.told.filter((word) => word === 'synced')).toHaveLength(2);
  });

  test('a watch that says nothing at all, as from a version of before a restored backup, is followed by a new list', async () => {
    const watched = await follow({
      list: (_, response, nth) => sendJson(response, 200, list(nth === 0 ? '900' : '5', [object('a', `${nth}`)])),
      watch: (_, response) => open(response),
    });
    await watched.until('synced');
    await until(() => watched.server.requests.length === 2);
    while (!watched.told.includes('!silent')) await watched.clock.advance(100_000);
    await watched.pass();
    await watched.until('synced', 2);
    expect(watched.told).toEqual(['+a', 'synced', '!silent', 'rewound', '~a', 'synced']);
  });

  test('a custom resource that is not installed yet is found when it is', async () => {
    const watched = await follow(
      {
        list: (_, response, nth) =>
          nth < 2
            ? response.writeHead(404).end('404 page not found\n')
            : sendJson(response, 200, list('5', [object('a')])),
        watch: (_, response) => open(response),
      },
      { resource: resources.sealedSecret },
    );
    for (let nth = 1; nth <= 2; nth++) {
      await watched.until('!missing', nth);
      await watched.clock.untilSleeping();
      await watched.clock.advance(4_999);
      expect(watched.clock.sleeping).toBe(1);
      await watched.clock.advance(25_001);
    }
    await watched.until('synced');
    expect(watched.told).toEqual(['!missing', '!missing', '+a', 'synced']);
  });

  test('a handler that throws is reported and misses nothing that follows', async () => {
    const errors: unknown[] = [];
    const names: (string | undefined)[] = [];
    const mistake = new Error('a mistake of ours');
    await follow(
      { watch: (_, response) => open(response, line('ADDED', object('a', '6')), line('ADDED', object('b', '7'))) },
      {
        handler: {
          onAdd({ metadata }) {
            names.push(metadata.name);
            if (metadata.name === 'a') throw mistake;
          },
          onUpdate() {},
          onDelete() {},
          onHandlerError: (error) => errors.push(error),
        },
      },
    );
    await until(() => names.length === 2);
    expect(errors).toEqual([mistake]);
  });
});

describe('stopping', () => {
  test('it ends quietly while listing, watching and waiting', async () => {
    const listing = await follow({ list: () => {}, watch: () => {} });
    await until(() => listing.server.requests.length === 1);
    await listing.stop();

    const watching = await follow({ watch: (_, response) => open(response, line('ADDED', object('a', '6'))) });
    await watching.until('+a');
    await watching.stop();

    const waiting = await follow({ watch: (_, response) => sendStatus(response, 500) });
    await waiting.clock.untilSleeping();
    await waiting.stop();
    expect([...listing.told, ...watching.told, ...waiting.told]).toEqual(['synced', '+a', 'synced', '!server-error']);
    expect([listing, watching, waiting].map(({ clock }) => clock.waiting)).toEqual([0, 0, 0]);
  });
});
