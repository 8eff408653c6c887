// Requests to verify and rotate as tests write them, and the keys behind.

import { Gate } from '../../../controller/http/gate.ts';
import type { OpenedForRequest } from '../../../controller/http/opening.ts';
import { rotateHandler } from '../../../controller/http/rotate.ts';
import { verifyHandler } from '../../../controller/http/verify.ts';
import { KeyRegistry } from '../../../keys/registry.ts';
import { systemClock } from '../../../src/kube/system-clock.ts';
import { recordAnnotation } from '../../../src/seal/record.ts';
import { annotationsOfScope, type Scope } from '../../../src/seal/scope.ts';
import { sealValue } from '../../../src/seal/value.ts';
import { testKey } from '../support/house.ts';

/** The day on which rotate runs. */
const today = new Date('2026-12-01T08:00:00Z');

/** Both handlers over the same keys: `old` opens as well, `newest` seals. `foreign` is not among them. */
export async function endpoints({ isReady = () => true }: { isReady?: () => boolean } = {}) {
  const pairs = [await testKey('rsa2048'), await testKey('other2048')];
  const keys = new KeyRegistry(pairs);
  const newest = keys.newest()!;
  const old = pairs.find(({ id }) => id !== newest.id)!;
  const gate = new Gate({ clock: systemClock, perSecond: 100_000, isPressed: () => false });
  const opened: OpenedForRequest[] = [];
  const options = { keys, gate, isReady, now: () => today, onOpened: (one: OpenedForRequest) => opened.push(one) };
  const ask = (path: string) => {
    const handler = path === '/v1/verify' ? verifyHandler(options) : rotateHandler(options);
    return async (body: string | Uint8Array) => {
      const answer = await handler({ method: 'POST', path, body: Buffer.from(body) });
      return new Response(answer.body, answer);
    };
  };
  return {
    ...{ keys, gate, opened, newest, old, foreign: await testKey('second2048') },
    verify: ask('/v1/verify'),
    rotate: ask('/v1/rotate'),
  };
}

type Pair = Awaited<ReturnType<typeof testKey>>;

/** A SealedSecret whose values were sealed under these keys. */
export async function sealedSecret(
  values: Readonly<Record<string, { text: string; under: Pick<Pair, 'certificate'> }>>,
  {
    scope = 'strict',
    name = 'db',
    namespace = 'shop',
    record,
    template = {},
  }: { scope?: Scope; name?: string; namespace?: string; record?: string; template?: object } = {},
) {
  const sealed = Object.entries(values).map(async ([item, { text, under }]) => {
    const sealedFor = { scope, name, namespace };
    return [item, await sealValue(Buffer.from(text), { certificate: under.certificate, sealedFor })] as const;
  });
  const annotations = { ...annotationsOfScope(scope), ...(record !== undefined && { [recordAnnotation]: record }) };
  return {
    apiVersion: 'bitnami.com/v1alpha1',
    kind: 'SealedSecret',
    metadata: { name, namespace, annotations },
    spec: { template, encryptedData: Object.fromEntries(await Promise.all(sealed)) as Record<string, string> },
  };
}
