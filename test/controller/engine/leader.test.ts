// Leader election: replicas that stop, and one that can no longer renew.

import { afterEach, expect, it } from 'vitest';
import { LeaderElection } from '../../../controller/engine/leader.ts';
import type { KubeApi } from '../../../src/kube/api.ts';
import { ApiError } from '../../../src/kube/errors.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { FakeClock } from '../../support/clock.ts';

interface Lease extends KubeObject {
  spec: { holderIdentity: string; leaseTransitions: number };
}

/** One Lease on a server that can be down. */
function server() {
  let lease: Lease | undefined;
  let version = 0;
  let isDown = false;
  const answer = <T>(run: () => T): Promise<T> =>
    isDown
      ? Promise.reject(new ApiError('KUBE_UNREACHABLE', 'down', { status: 0, reason: 'Unreachable' }))
      : new Promise((resolve, reject) => {
          try {
            resolve(run());
          } catch (error) {
            reject(error);
          }
        });
  const store = (object: KubeObject) => {
    const before = lease;
    if (before && object.metadata.resourceVersion !== before.metadata.resourceVersion) {
      throw new ApiError('KUBE_CONFLICT', 'conflict', { status: 409, reason: 'Conflict' });
    }
    version += 1;
    lease = { ...(object as Lease), metadata: { ...object.metadata, resourceVersion: String(version) } };
    return lease;
  };
  const kube = {
    get: () =>
      answer(() => {
        if (!lease) throw new ApiError('KUBE_NOT_FOUND', 'none', { status: 404, reason: 'NotFound' });
        return lease;
      }),
    create: (_: unknown, object: KubeObject) => answer(() => store(object)),
    replace: (_: unknown, object: KubeObject) => answer(() => store(object)),
  } as unknown as KubeApi;
  return {
    kube,
    down: (value: boolean) => {
      isDown = value;
    },
    holder: () => lease?.spec.holderIdentity,
  };
}

const stopping = new AbortController();
afterEach(() => stopping.abort());

function replica(kube: KubeApi, clock: FakeClock, identity: string) {
  const stop = new AbortController();
  stopping.signal.addEventListener('abort', () => stop.abort());
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const election = new LeaderElection({ kube, namespace: 'a', name: 'x', identity, clock, random: () => 0, log });
  const state = { isWriting: false, error: undefined as unknown };
  const run = election.run((writing) => {
    state.isWriting = true;
    writing.addEventListener('abort', () => {
      state.isWriting = false;
    });
    return Promise.resolve();
  }, stop.signal);
  const ended = run.catch((error: unknown) => {
    state.error = error;
  });
  return { state, stop: () => stop.abort(), ended };
}

it('one replica leads, and hands over at once when it is stopped', async () => {
  const [{ kube, holder }, clock] = [server(), new FakeClock()];
  const first = replica(kube, clock, 'first');
  await clock.advance(0);
  const second = replica(kube, clock, 'second');
  await clock.advance(30_000);
  expect([first.state.isWriting, second.state.isWriting, holder()]).toEqual([true, false, 'first']);
  first.stop();
  await first.ended;
  expect(first.state.error).toBeUndefined();
  await clock.advance(2_500);
  expect([first.state.isWriting, second.state.isWriting, holder()]).toEqual([false, true, 'second']);
  second.stop();
  await second.ended;
});

it('a leader that cannot renew stops writing before another may begin', async () => {
  const [{ kube, down }, clock] = [server(), new FakeClock()];
  const first = replica(kube, clock, 'first');
  await clock.advance(0);
  const second = replica(kube, clock, 'second');
  await clock.advance(4_000);
  down(true);
  await clock.advance(8_000);
  expect(first.state.isWriting).toBe(true);
  await clock.advance(4_000);
  expect(first.state).toMatchObject({ isWriting: false, error: { code: 'LEASE_LOST' } });
  expect(second.state.isWriting).toBe(false);
  down(false);
  await clock.advance(16_500);
  expect(second.state.isWriting).toBe(true);
  second.stop();
  await second.ended;
});
