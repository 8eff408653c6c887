// What an ExternalSecret says for every class of failure: its conditions, the reason, what to do; and that no value is among it.

import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { StoreErrorClass } from '../../../../controller/stores/store.ts';
import type { ApiRequest } from '../../../../src/apiserver/request.ts';
import type { Fault } from '../../../../src/apiserver/server.ts';
import type { ExternalSecret, StoreProvider } from '../../../../src/kube/external-secrets.ts';
import { adviceOf, type Reason, reasons } from '../../../../src/kube/reasons.ts';
import { resources } from '../../../../src/kube/resources.ts';
import { checkExternalStatus, externalDefinitions, readyOf, type Words, wordsIn } from '../../support/external.ts';
import { failureCases, toldElsewhere } from '../../support/failures.ts';
import { type FakeVault, startFakeVault, vaultToken } from '../../support/fake-vault.ts';
import { embeddedStage, type House, houseOn } from '../../support/house.ts';

let house: House;
let vault: FakeVault;
let words: Words;
let intercept: ((request: ApiRequest) => Fault) | undefined;

beforeAll(async () => {
  const stage = await embeddedStage({
    intercept: (request) => (request.path.includes(words?.namespace ?? '-') ? intercept?.(request) : undefined),
  });
  for (const definition of externalDefinitions())
    await stage.user.create(resources.customResourceDefinition, definition);
  house = houseOn(stage, { settings: { kinds: ['externalsecrets'] } });
  const controller = await house.start();
  await controller.ready;
});
afterAll(() => house.end());
beforeEach(async () => {
  // A server of its own: one that is down is left alone for a while.
  vault = await startFakeVault();
  vault.values.set('db', { user: 'admin', password: 's3cret' });
  intercept = undefined;
  words = wordsIn(house.kube, (await house.scene()).namespace);
  await words.vaultStore(vault.url);
});
afterEach(async () => {
  intercept = undefined;
  const { namespace } = words;
  const { items } = await house.kube.list<ExternalSecret>(resources.externalSecret, { namespace });
  for (const item of items) {
    if (item.status?.conditions) checkExternalStatus(item);
    await house.kube.delete(resources.externalSecret, { namespace, name: item.metadata.name ?? '' });
  }
  await vault.close();
});

const cases = Object.entries(failureCases) as [Reason, (typeof failureCases)[Reason] & object][];
const page = readFileSync(new URL('../../../../docs/conditions.md', import.meta.url), 'utf8');

describe('before the first success', () => {
  it.each(cases)('%s is told with its conditions, what is wrong and what to do', async (reason, one) => {
    intercept = one.intercept;
    await one.arrange(words, vault);
    const { ready, beside } = reasons[reason];
    const object = await words.untilReady('db', ready, one.readyReason ?? 'SecretSyncedError');
    const { message = '' } = readyOf(object) ?? {};
    const explains = object.status?.conditions?.filter(({ type }) => type !== 'Ready') ?? [];
    expect(explains.map(({ type, status, reason }) => ({ type, status, reason }))).toEqual(
      reason === 'Paused' ? [{ type: 'Paused', status: 'True', reason }] : [{ type: beside, status: 'True', reason }],
    );
    if (!one.readyReason) expect(message.startsWith(`${reason}: `)).toBe(true);
    expect(message).toContain(one.says);
    expect(message).toContain(one.advises);
    if (reason !== 'Paused') {
      const told = await words.until(
        () => words.eventsOf(),
        (events) => events.length > 0,
        'an event',
      );
      expect(told.map((event) => event.reason)).toEqual([reason]);
    }
    expect(page).toContain(`| \`${reason}\` | ${ready} | ${beside === 'none' ? '' : beside} |`);
  });

  it('every reason has a case here, or is told of other kinds', () => {
    expect([...cases.map(([reason]) => reason), ...toldElsewhere].toSorted()).toEqual(Object.keys(reasons).toSorted());
  });
});

describe('after it, the last good values stay and Stale says', () => {
  const breaks: Record<StoreErrorClass, () => unknown> = {
    Denied: () => vault.refused.add('db'),
    NotFound: () => vault.values.delete('db'),
    Deleted: () => vault.values.set('db', null),
    PropertyMissing: () => vault.values.set('db', { user: 'admin' }),
    Throttled: () => {
      vault.trouble = { status: 429 };
    },
    Unavailable: () => {
      vault.trouble = { status: 500 };
    },
    Invalid: () => {
      vault.trouble = { status: 405 };
    },
  };

  it.each(Object.entries(breaks))('%s', async (reason, breakIt) => {
    const remoteRef = { key: 'db', property: 'password' };
    await words.external('db', { data: [{ secretKey: 'password', remoteRef }] });
    const before = await words.untilReady('db', 'True', 'SecretSynced');
    breakIt();
    await words.edit('db', { metadata: { annotations: { 'force-sync': '1' } } });
    const stale = await words.until(
      () => words.condition('Stale'),
      (condition) => condition?.reason === reason,
      `Stale ${reason}`,
    );
    expect(stale?.status).toBe('True');
    expect(stale?.message).toMatch(new RegExp(`^${reason}: .*;? ?.`));
    const now = await words.getExternal();
    expect(readyOf(now)).toEqual(readyOf(before));
    expect(now?.status?.conditions?.map(({ type }) => type)).toEqual(['Ready', 'Stale']);
    expect(await words.values()).toEqual({ password: 's3cret' });
  });
});

describe('a store that cannot be used says so itself', () => {
  const at = (key: string) => ({ name: 'login', key });
  const cases: [
    why: Reason,
    ready: 'False' | 'Unknown',
    says: string,
    advises: string,
    provider: () => StoreProvider,
  ][] = [
    [
      'Denied',
      'False',
      'the token is not, or no longer, known to',
      'put a new token into the Secret',
      () => vaultWith('wrong'),
    ],
    ['Throttled', 'Unknown', 'asks for fewer requests', adviceOf('Throttled'), () => inTrouble(429)],
    ['Unavailable', 'Unknown', 'answered with status 500', adviceOf('Unavailable'), () => inTrouble(500)],
    [
      'Unavailable',
      'Unknown',
      'refuses connections',
      adviceOf('Unavailable'),
      () => vaultWith('right', 'http://127.0.0.1:1'),
    ],
    [
      'Invalid',
      'False',
      "Secret 'NAMESPACE/login' that the store refers to has no key 'none'",
      '',
      () => vaultWith('none'),
    ],
    ['Invalid', 'False', 'has more than a host, a port and a path', '', () => vaultWith('right', `${vault.url}/?a=b`)],
    ['UnsupportedProvider', 'False', 'provider "gitlab" is not supported', 'vault and aws are', () => ({ gitlab: {} })],
  ];
  const vaultWith = (key: string, server = vault.url): StoreProvider => ({
    vault: { server, path: 'secret', auth: { tokenSecretRef: at(key) } },
  });
  const inTrouble = (status: number) => {
    vault.trouble = { status };
    return vaultWith('right');
  };

  it.each(cases)('%s', async (why, ready, says, advises, provider) => {
    await words.credentials('login', { wrong: 'hvs.wrong', right: vaultToken });
    await words.store('tried', provider());
    const isItself = why === 'UnsupportedProvider';
    const store = await words.untilReady(
      'tried',
      ready,
      isItself ? why : 'InvalidProviderConfig',
      resources.secretStore,
    );
    const { message = '' } = readyOf(store) ?? {};
    if (!isItself) expect(message.startsWith(`${why}: `)).toBe(true);
    expect(message).toContain(says.replace('NAMESPACE', words.namespace));
    expect(message).toContain(advises);
    const [, beside] = store.status?.conditions ?? [];
    expect(beside).toMatchObject({ type: isItself ? 'Stalled' : 'Reconciling', status: 'True', reason: why });
  });
});
