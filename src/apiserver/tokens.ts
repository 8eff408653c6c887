// Credentials: the administrator's token and certificate, and signed tokens of service accounts that expire.

import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { KubeObject } from '../kube/objects.ts';
import type { Cluster } from './cluster.ts';
import { objectOr } from './json.ts';
import type { Caller } from './request.ts';

/** The audience of tokens that the API server itself accepts, and the issuer. */
export const defaultAudience = 'https://kubernetes.default.svc.cluster.local';

export const administrator: Caller = {
  username: 'kubernetes-admin',
  groups: ['system:masters', 'system:authenticated'],
};

export const anonymous: Caller = { username: 'system:anonymous', groups: ['system:unauthenticated'] };

interface Claims {
  aud: string[];
  exp: number;
  sub: string;
  'kubernetes.io': { namespace: string; serviceaccount: { name: string; uid: string } };
}

/** Issues and knows tokens. They look like JWTs so that clients can read `exp`; only this server can verify them. */
export class Tokens {
  readonly adminToken = randomBytes(24).toString('base64url');
  readonly #key = randomBytes(32);
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  issue({ metadata }: KubeObject, seconds: number, audiences: string[]): { token: string; expires: Date } {
    const { namespace = '', name = '', uid = '' } = metadata;
    const issued = Math.floor(this.#cluster.clock.now().getTime() / 1000);
    const claims = {
      aud: audiences,
      exp: issued + seconds,
      iat: issued,
      nbf: issued,
      iss: defaultAudience,
      jti: crypto.randomUUID(),
      'kubernetes.io': { namespace, serviceaccount: { name, uid } },
      sub: `system:serviceaccount:${namespace}:${name}`,
    };
    const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
    return {
      token: `${signed}.${this.#sign(signed).toString('base64url')}`,
      expires: new Date((issued + seconds) * 1000),
    };
  }

  /** Whose token it is, or undefined when it is nobody's, expired, or its account is gone. */
  callerOf(token: string, audience: string = defaultAudience): Caller | undefined {
    if (same(Buffer.from(token), Buffer.from(this.adminToken))) return administrator;
    const [header, payload, signature] = token.split('.');
    if (!header || !payload || !signature) return undefined;
    if (!same(this.#sign(`${header}.${payload}`), Buffer.from(signature, 'base64url'))) return undefined;
    const claims = objectOr(JSON.parse(Buffer.from(payload, 'base64url').toString())) as unknown as Claims;
    const expired = claims.exp * 1000 <= this.#cluster.clock.now().getTime();
    if (expired || !claims.aud.includes(audience)) return undefined;
    const { namespace, serviceaccount } = claims['kubernetes.io'];
    const account = this.#cluster.store.get('/serviceaccounts', namespace, serviceaccount.name);
    if (account?.metadata.uid !== serviceaccount.uid) return undefined;
    return serviceAccountCaller(namespace, serviceaccount.name, serviceaccount.uid);
  }

  #sign(text: string): Buffer {
    return createHmac('sha256', this.#key).update(text).digest();
  }
}

/** The identity of a service account, as authenticated by its token. */
function serviceAccountCaller(namespace: string, name: string, uid?: string): Caller {
  return {
    username: `system:serviceaccount:${namespace}:${name}`,
    ...(uid ? { uid } : {}),
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
  };
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

function same(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
