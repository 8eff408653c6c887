// What every conformance case works with: a connection, fresh namespaces, and short words for common requests.

import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import type { Connection, Reply, WatchReader } from './connection.ts';
import { gadgetDefinition } from './gadget.ts';

/** Bodies are of every shape here; cases say what they expect of them. */
// biome-ignore lint/suspicious/noExplicitAny: see above.
export type Json = any;

export const mergePatchType = 'application/merge-patch+json';
export const jsonPatchType = 'application/json-patch+json';
export const strategicType = 'application/strategic-merge-patch+json';
export const applyType = 'application/apply-patch+yaml';

/** One server under test and the shorthand for speaking to it. */
export class Lab {
  readonly connection: Connection;
  constructor(connection: Connection) {
    this.connection = connection;
  }

  get(path: string, headers: Record<string, string> = {}): Promise<Reply> {
    return this.connection.request('GET', path, { headers });
  }

  post(path: string, body: Json): Promise<Reply> {
    return this.connection.request('POST', path, { body });
  }

  put(path: string, body: Json): Promise<Reply> {
    return this.connection.request('PUT', path, { body });
  }

  delete(path: string, body?: Json): Promise<Reply> {
    return this.connection.request('DELETE', path, body === undefined ? {} : { body });
  }

  patch(path: string, type: string, body: Json): Promise<Reply> {
    return this.connection.request('PATCH', path, { body, headers: { 'content-type': type } });
  }

  /** Server-side apply as `manager`. */
  apply(path: string, manager: string, body: Json, query = ''): Promise<Reply> {
    return this.patch(`${path}?fieldManager=${manager}${query}`, applyType, body);
  }

  watch(path: string, headers?: Record<string, string>): Promise<WatchReader> {
    return this.connection.watch(path, headers);
  }

  /** A namespace of the case's own, with its default service account there. */
  async namespace(): Promise<string> {
    const name = `conf-${randomBytes(4).toString('hex')}`;
    expect((await this.post('/api/v1/namespaces', { metadata: { name } })).status).toBe(201);
    return name;
  }

  /** The Secrets of a fresh namespace. */
  async secrets(): Promise<string> {
    return `/api/v1/namespaces/${await this.namespace()}/secrets`;
  }

  async gadgets(version = 'v1'): Promise<string> {
    return `/apis/conformance.sealwright.dev/${version}/namespaces/${await this.namespace()}/gadgets`;
  }

  /** Installs the custom kind of the suite and waits until it is served. */
  async installGadgets(): Promise<void> {
    const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    const reply = await this.post(definitions, gadgetDefinition);
    expect([201, 409]).toContain(reply.status);
    await this.until(async () => (await this.get('/apis/conformance.sealwright.dev/v1/gadgets')).status === 200);
    await this.until(async () => (await this.get('/apis/conformance.sealwright.dev/v1beta1/gadgets')).status === 200);
  }

  /** Asks again until it is so; the test's own time limit ends it otherwise. */
  async until(check: () => Promise<boolean>): Promise<void> {
    while (!(await check())) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  /** Until the object is no more. */
  gone(path: string): Promise<void> {
    return this.until(async () => (await this.get(path)).status === 404);
  }
}

export function secret(name: string, data: Record<string, string> = { a: 'MQ==' }, more: Json = {}): Json {
  const { metadata, ...rest } = more;
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, ...metadata }, data, ...rest };
}

export function configMap(name: string, data: Record<string, string> = { a: '1' }, metadata: Json = {}): Json {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data };
}

export function gadget(name: string, spec: Json = { size: 1 }, more: Json = {}): Json {
  const { metadata, ...rest } = more;
  return {
    apiVersion: 'conformance.sealwright.dev/v1',
    kind: 'Gadget',
    metadata: { name, ...metadata },
    spec,
    ...rest,
  };
}

/** The answer is this refusal. */
export function expectRefusal(reply: Reply, status: number, reason: string, message?: string | RegExp): void {
  expect(
    { status: reply.status, kind: reply.body.kind, reason: reply.body.reason },
    JSON.stringify(reply.body),
  ).toEqual({
    status,
    kind: 'Status',
    reason,
  });
  expect(reply.body.code).toBe(status);
  expect(reply.body.status).toBe('Failure');
  if (typeof message === 'string') expect(reply.body.message).toBe(message);
  else if (message) expect(reply.body.message).toMatch(message);
}

export function expectDone(reply: Reply, status: number): Json {
  expect(reply.status, JSON.stringify(reply.body)).toBe(status);
  return reply.body;
}

/** The names in a list. */
export const names = (list: Json): string[] => list.items.map((item: Json) => item.metadata.name);
