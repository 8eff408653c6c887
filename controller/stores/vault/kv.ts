// What a KV engine answers: a value, its metadata, or one of the four ways in which there is none.

import { createHash } from 'node:crypto';
import { isLosslessNumber } from 'lossless-json';
import { concat, utf8Bytes } from '../../../src/encoding/bytes.ts';
import { SecretBytes } from '../../../src/redact.ts';
import { type ExactJson, goJson, parseExactJson } from '../go-json.ts';
import type { RemoteValue, StoreError } from '../store.ts';
import { refused, type Subject, vaultError } from './refusals.ts';
import type { Answer } from './transport.ts';

type Members = Readonly<Record<string, ExactJson>>;

/** The value in an answer to a read. Throws the `StoreError` that the answer is otherwise. */
export function valueIn(answer: Answer, version: 'v1' | 'v2', subject: Subject, now: Date): RemoteValue {
  if (answer.status !== 200) throw noValue(answer, subject, now);
  const data = dataOf(answer, subject);
  if (version === 'v1') return remoteValue(data);
  const metadata = membersOf(data.metadata) ?? {};
  const value = membersOf(data.data);
  if (value) return remoteValue(value, metadata);
  if (data.data === null) throw gone(metadata, subject);
  throw unexpected(subject, 'no data of KV v2', `is the mount KV v2? set spec.provider.vault.version to v1 if not`);
}

/**
 * A key's metadata as one flat object of strings: `custom_metadata`, and beside it `created_time`, `current_version` and
 * `delete_version_after` where it has no such keys itself (as External Secrets Operator 2.9).
 */
export function metadataIn(answer: Answer, subject: Subject, now: Date): Readonly<Record<string, string>> {
  if (answer.status !== 200) throw noValue(answer, subject, now);
  const data = dataOf(answer, subject);
  const system = ['created_time', 'current_version', 'delete_version_after'].map((key) => [key, data[key]] as const);
  const all = [...system, ...Object.entries(membersOf(data.custom_metadata) ?? {})];
  return Object.fromEntries(all.filter(([, value]) => value != null).map(([key, value]) => [key, plain(value)]));
}

/**
 * What a key's metadata tells of one version, by default the current one, in the form that reading its value tells it too.
 * Throws the `StoreError` that the answer is otherwise.
 */
export function probeIn(answer: Answer, version: string | undefined, subject: Subject, now: Date): RemoteValue {
  if (answer.status !== 200) throw noValue(answer, subject, now);
  const { current_version: current, versions, custom_metadata: custom } = dataOf(answer, subject);
  const number = version ?? plain(current);
  const facts = membersOf(membersOf(versions)?.[number]);
  if (!facts) throw vaultError('NotFound', `vault: ${subject.doing}: there is no version ${number}`, subject);
  return { bytes: nothing, rules: 'vault', state: stateOf({ ...facts, version: number, custom_metadata: custom }) };
}

const nothing = new SecretBytes(new Uint8Array());

// Digested, since it is kept where many may read it.
function stateOf({ version, created_time, deletion_time, destroyed, custom_metadata }: Members): string {
  const facts = [plain(version), created_time, deletion_time || '', destroyed === true, custom_metadata ?? {}];
  return createHash('sha256').update(goJson(facts)).digest('base64url').slice(0, 22);
}

/** `metadataIn` as the value that is read. */
export function metadataValue(metadata: Readonly<Record<string, string>>): RemoteValue {
  return { bytes: new SecretBytes(utf8Bytes(goJson(metadata))), rules: 'vault' };
}

/** The names in a folder; those that end in `/` are folders. An empty or missing folder has none. */
export function namesIn(answer: Answer, subject: Subject, now: Date): readonly string[] {
  if (answer.status === 404 && isAbsent(answer)) return [];
  if (answer.status !== 200) throw noValue(answer, subject, now);
  const { keys } = dataOf(answer, subject);
  if (!Array.isArray(keys)) throw unexpected(subject, 'no list of keys');
  return keys.filter((name) => typeof name === 'string');
}

function remoteValue(data: Members, metadata?: Members): RemoteValue {
  return new KvValue(new SecretBytes(utf8Bytes(goJson(data))), metadata);
}

// A class, since there are many: a getter of a literal would make each four times as large.
class KvValue implements RemoteValue {
  readonly bytes: SecretBytes;
  readonly rules = 'vault';
  readonly version: string | undefined;
  readonly expires: Date | undefined;
  readonly state: string | undefined;
  readonly #metadata: string | undefined;

  constructor(bytes: SecretBytes, metadata: Members | undefined) {
    this.bytes = bytes;
    this.version = metadata?.version == null ? undefined : plain(metadata.version);
    this.expires = metadata && timeOf(metadata.deletion_time);
    this.state = metadata && stateOf(metadata);
    this.#metadata = metadata && goJson(metadata);
  }

  // Put together when somebody asks: most never do, and it would be kept twice.
  get raw(): SecretBytes {
    if (this.#metadata === undefined) return this.bytes;
    const [before, after] = [utf8Bytes('{"data":'), utf8Bytes(`,"metadata":${this.#metadata}}`)];
    return new SecretBytes(concat(before, this.bytes.reveal(), after));
  }
}

/** 404 says four things: deleted or destroyed (with metadata), absent (no errors), no such mount (errors), and not Vault at all. */
function noValue(answer: Answer, subject: Subject, now: Date): StoreError {
  const { doing, key, path } = subject;
  if (answer.status !== 404) return refused(answer, subject, now);
  const body = bodyOf(answer);
  const metadata = membersOf(membersOf(body?.data)?.metadata);
  if (metadata) return gone(metadata, subject);
  if (!body) {
    return vaultError('Unavailable', `vault: ${doing}: the answer (404) is not Vault's`, {
      key,
      hint: 'something in front of it may have answered: check the address of the store',
    });
  }
  if (isVersioned(body)) {
    const hint = 'set spec.provider.vault.version to v2';
    return vaultError('Invalid', `vault: ${doing}: ${path} is in a KV v2 engine, and the store says v1`, {
      key,
      hint,
      about: 'engine',
    });
  }
  if (!isAbsent(answer)) return refused(answer, subject, now);
  return vaultError('NotFound', `vault: ${doing}: there is nothing at ${path}`, { key });
}

function gone(metadata: Members, { doing, key }: Subject): StoreError {
  const version = isLosslessNumber(metadata.version) ? `version ${metadata.version.value}` : 'it';
  const facts = { key };
  if (metadata.destroyed === true) return vaultError('Deleted', `vault: ${doing}: ${version} was destroyed`, facts);
  return vaultError('Deleted', `vault: ${doing}: ${version} is deleted`, {
    ...facts,
    hint: 'undelete it, or write a new one',
  });
}

function isAbsent(answer: Answer): boolean {
  const body = bodyOf(answer);
  return Array.isArray(body?.errors) && body.errors.length === 0;
}

// The one warning that a v1 path into a v2 engine is answered with (kv plugin, versioned_kv.go).
const isVersioned = ({ warnings }: Members) =>
  Array.isArray(warnings) && warnings.some((warning) => /versioned K\/V/i.test(String(warning)));

function dataOf(answer: Answer, subject: Subject): Members {
  if (!isReadable(answer)) throw unexpected(subject, `more than ${mostParts} parts, which are not read`);
  const data = membersOf(bodyOf(answer)?.data);
  if (data) return data;
  throw unexpected(subject, 'no data', 'something in front of Vault may have answered: check the address of the store');
}

// Each becomes an object of ours, and the server may be anybody's. Vault's own entries end at 1 MiB.
const mostParts = 1_500_000;

function isReadable({ text }: Answer): boolean {
  let parts = 0;
  for (let at = 0; at < text.length && parts <= mostParts; at++) if (',[{:'.includes(text.charAt(at))) parts += 1;
  return parts <= mostParts;
}

function bodyOf(answer: Answer): Members | undefined {
  if (!isReadable(answer)) return undefined;
  try {
    return membersOf(parseExactJson(answer.text));
  } catch {
    return undefined;
  }
}

function unexpected({ doing, key }: Subject, what: string, hint?: string): StoreError {
  return vaultError('Invalid', `vault: ${doing}: the answer has ${what}`, { key, ...(hint && { hint }) });
}

function membersOf(value: ExactJson): Members | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value) && !isLosslessNumber(value);
  return isObject ? (value as Members) : undefined;
}

const plain = (value: ExactJson): string => (typeof value === 'string' ? value : goJson(value));

function timeOf(value: ExactJson): Date | undefined {
  const at = typeof value === 'string' && value !== '' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? undefined : new Date(at);
}
