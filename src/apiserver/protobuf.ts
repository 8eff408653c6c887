// Reads the protobuf bodies that `kubectl create` sends: the few kinds it makes itself, by the field numbers of
// generated.proto of Kubernetes 1.36. Answers are always JSON, which every client also takes.

import type { JsonObject } from './json.ts';

export const protobufType = 'application/vnd.kubernetes.protobuf';

interface Field {
  name: string;
  /** `time` is what the server sets itself and is passed over. */
  type: 'string' | 'bytes' | 'number' | 'boolean' | 'time' | Message;
  repeated?: boolean;
  /** A map from text to `type`. */
  map?: boolean;
}

type Message = ReadonlyMap<number, Field>;

const message = (fields: Record<number, Field>): Message =>
  new Map(Object.entries(fields).map(([number, field]) => [Number(number), field]));
const text = (name: string): Field => ({ name, type: 'string' });
const texts = (name: string): Field => ({ name, type: 'string', repeated: true });
const textMap = (name: string): Field => ({ name, type: 'string', map: true });
const bytesMap = (name: string): Field => ({ name, type: 'bytes', map: true });
const flag = (name: string): Field => ({ name, type: 'boolean' });
const one = (name: string, fields: Record<number, Field>): Field => ({ name, type: message(fields) });
const many = (name: string, fields: Record<number, Field>): Field => ({ ...one(name, fields), repeated: true });

const owner = {
  1: text('kind'),
  3: text('name'),
  4: text('uid'),
  5: text('apiVersion'),
  6: flag('controller'),
  7: flag('blockOwnerDeletion'),
};
const metadata = one('metadata', {
  1: text('name'),
  2: text('generateName'),
  3: text('namespace'),
  4: text('selfLink'),
  5: text('uid'),
  6: text('resourceVersion'),
  7: { name: 'generation', type: 'number' },
  8: { name: 'creationTimestamp', type: 'time' },
  11: textMap('labels'),
  12: textMap('annotations'),
  13: many('ownerReferences', owner),
  14: texts('finalizers'),
});
const rule = {
  1: texts('verbs'),
  2: texts('apiGroups'),
  3: texts('resources'),
  4: texts('resourceNames'),
  5: texts('nonResourceURLs'),
};
const subject = { 1: text('kind'), 2: text('apiGroup'), 3: text('name'), 4: text('namespace') };
const roleRef = { 1: text('apiGroup'), 2: text('kind'), 3: text('name') };
const role = message({ 1: metadata, 2: many('rules', rule) });
const binding = message({ 1: metadata, 2: many('subjects', subject), 3: one('roleRef', roleRef) });
const resourceAttributes = {
  ...{ 1: text('namespace'), 2: text('verb'), 3: text('group'), 4: text('version') },
  ...{ 5: text('resource'), 6: text('subresource'), 7: text('name') },
};

const messages: Record<string, Message> = {
  'v1 Secret': message({
    1: metadata,
    2: bytesMap('data'),
    3: text('type'),
    4: textMap('stringData'),
    5: flag('immutable'),
  }),
  'v1 ConfigMap': message({ 1: metadata, 2: textMap('data'), 3: bytesMap('binaryData'), 4: flag('immutable') }),
  'v1 Namespace': message({
    1: metadata,
    2: one('spec', { 1: texts('finalizers') }),
    3: one('status', { 1: text('phase') }),
  }),
  'v1 ServiceAccount': message({ 1: metadata, 4: flag('automountServiceAccountToken') }),
  'rbac.authorization.k8s.io/v1 Role': role,
  'rbac.authorization.k8s.io/v1 ClusterRole': role,
  'rbac.authorization.k8s.io/v1 RoleBinding': binding,
  'rbac.authorization.k8s.io/v1 ClusterRoleBinding': binding,
  'authentication.k8s.io/v1 SelfSubjectReview': message({ 1: metadata, 2: one('status', { 1: one('userInfo', {}) }) }),
  'authentication.k8s.io/v1 TokenRequest': message({
    1: metadata,
    2: one('spec', {
      1: texts('audiences'),
      3: one('boundObjectRef', { 1: text('kind'), 2: text('apiVersion'), 3: text('name'), 4: text('uid') }),
      4: { name: 'expirationSeconds', type: 'number' },
    }),
    3: one('status', { 1: text('token'), 2: { name: 'expirationTimestamp', type: 'time' } }),
  }),
  'authorization.k8s.io/v1 SelfSubjectAccessReview': message({
    1: metadata,
    2: one('spec', {
      1: one('resourceAttributes', resourceAttributes),
      2: one('nonResourceAttributes', { 1: text('path'), 2: text('verb') }),
    }),
    3: one('status', { 1: flag('allowed'), 2: text('reason'), 3: text('evaluationError'), 4: flag('denied') }),
  }),
  'authorization.k8s.io/v1 SelfSubjectRulesReview': message({
    1: metadata,
    2: one('spec', { 1: text('namespace') }),
    3: one('status', { 3: flag('incomplete'), 4: text('evaluationError') }),
  }),
};

const envelope = message({
  1: one('typeMeta', { 1: text('apiVersion'), 2: text('kind') }),
  2: { name: 'raw', type: 'bytes' },
  3: text('contentEncoding'),
  4: text('contentType'),
});
const magic = [0x6b, 0x38, 0x73, 0x00];

/** The object, or undefined when its kind or one of its fields is not in the table above, or it is damaged. */
export function decodeProtobuf(body: Uint8Array): JsonObject | undefined {
  if (!magic.every((byte, index) => body[index] === byte)) return undefined;
  const outer = decode(body.subarray(magic.length), envelope) as
    | { typeMeta?: { apiVersion?: string; kind?: string }; raw?: string }
    | undefined;
  const { apiVersion = '', kind = '' } = outer?.typeMeta ?? {};
  const known = messages[`${apiVersion} ${kind}`];
  const object = known && decode(Buffer.from(outer?.raw ?? '', 'base64'), known);
  return object && { apiVersion, kind, ...object };
}

function decode(bytes: Uint8Array, fields: Message): JsonObject | undefined {
  const result: JsonObject = {};
  for (let at = 0; at < bytes.length; ) {
    const tag = varint(bytes, at);
    const head = tag && varint(bytes, tag.next);
    if (!tag || !head) return undefined;
    const isBytes = tag.value % 8 === 2;
    if (!isBytes && tag.value % 8 !== 0) return undefined;
    const end = isBytes ? head.next + head.value : head.next;
    if (end > bytes.length) return undefined;
    at = end;
    const field = fields.get(Math.floor(tag.value / 8));
    const payload = isBytes ? bytes.subarray(head.next, end) : head.value;
    if (field ? !place(result, field, payload) : !isEmpty(payload)) return undefined;
  }
  return result;
}

// Go writes fields that are not set as empty ones; of those that the table does not have only these may be passed over.
function isEmpty(payload: Uint8Array | number): boolean {
  return payload === 0 || (typeof payload === 'object' && payload.length === 0);
}

function place(result: JsonObject, { name, type, repeated, map }: Field, payload: Uint8Array | number): boolean {
  if (type === 'time') return true;
  if (map) {
    if (typeof payload === 'number') return false;
    const entry = decode(payload, message({ 1: text('key'), 2: { name: 'value', type } }));
    if (!entry) return false;
    result[name] = { ...(result[name] as object | undefined), [String(entry.key ?? '')]: entry.value ?? '' };
    return true;
  }
  const value = typeof payload === 'number' ? scalar(type, payload) : delimited(type, payload);
  if (value === undefined) return false;
  if (repeated) result[name] = [...((result[name] as unknown[] | undefined) ?? []), value];
  else if (value !== '' && value !== 0) result[name] = value;
  return true;
}

function scalar(type: Field['type'], value: number): unknown {
  return type === 'boolean' ? value !== 0 : type === 'number' ? value : undefined;
}

function delimited(type: Field['type'], payload: Uint8Array): unknown {
  if (type === 'string') return new TextDecoder().decode(payload);
  if (type === 'bytes') return Buffer.from(payload).toString('base64');
  return typeof type === 'object' ? decode(payload, type) : undefined;
}

/** Up to 2^53, which is more than any field here holds. */
function varint(bytes: Uint8Array, from: number): { value: number; next: number } | undefined {
  let value = 0;
  for (let index = 0; index < 8; index++) {
    const byte = bytes[from + index];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return { value, next: from + index + 1 };
  }
  return undefined;
}
