// The options of requests, from the query or from a body: read as Go reads them, and refused as kube-apiserver refuses
// them (apimachinery pkg/apis/meta/v1/validation and pkg/apis/meta/internalversion/validation of 1.36).

import { isObject, type JsonObject, objectOr } from './json.ts';
import { type ApiRequest, bodyTypes, decodeBody, mediaType, patchTypes } from './request.ts';
import { type Cause, cause, refuse } from './status.ts';

/** A boolean of the query: undefined when absent, and true for every text but `false` and `0`. */
export function flag(query: URLSearchParams, name: string): boolean | undefined {
  const text = query.get(name);
  return text === null ? undefined : !['false', '0'].includes(text.toLowerCase());
}

/** An integer of the query; 0 when absent. Throws 400 for what is none. */
export function integer(query: URLSearchParams, name: string): number {
  const text = query.get(name) ?? '0';
  if (/^[-+]?\d+$/.test(text)) return Number(text);
  throw refuse.badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
}

/** What a create, an update or a patch may be asked. */
export interface WriteOptions {
  dryRun: boolean;
  fieldValidation: string;
  manager: string;
  /** Apply only: take fields from other managers. */
  force: boolean;
}

const maxManagerBytes = 128;
const writeKinds: Record<string, string> = { POST: 'CreateOptions', PUT: 'UpdateOptions', PATCH: 'PatchOptions' };

/** The options of a write. Throws 422 for values that the API does not know. */
export function writeOptions({ method, query, headers }: ApiRequest): WriteOptions {
  const kind = writeKinds[method];
  const manager = query.get('fieldManager') ?? '';
  const fieldValidation = query.get('fieldValidation') || 'Warn';
  if (kind) {
    const apply = mediaType(headers['content-type']) === patchTypes.apply;
    checkOptions(kind, [
      ...(kind === 'PatchOptions' ? checkPatch(apply, manager, query.has('force')) : []),
      ...checkManager(manager),
      ...checkDryRun(query.getAll('dryRun')),
      ...oneOf('fieldValidation', fieldValidation, ['', 'Ignore', 'Strict', 'Warn']),
    ]);
  }
  const program = headers['user-agent']?.split('/')[0]?.slice(0, maxManagerBytes);
  return {
    dryRun: query.has('dryRun'),
    fieldValidation,
    manager: manager || program || 'unknown',
    force: flag(query, 'force') ?? false,
  };
}

function checkOptions(kind: string, causes: Cause[]): void {
  if (causes.length > 0) throw refuse.invalid({ group: 'meta.k8s.io', kind }, '', causes);
}

function checkPatch(apply: boolean, manager: string, force: boolean): Cause[] {
  if (apply) return manager ? [] : [cause.required('fieldManager', 'is required for apply patch')];
  return force ? [cause.forbidden('force', 'may not be specified for non-apply patch')] : [];
}

function checkManager(manager: string): Cause[] {
  if (Buffer.byteLength(manager) > maxManagerBytes) return [cause.tooLong('fieldManager', maxManagerBytes)];
  const at = [...manager].findIndex((char) => /[^\P{C}]|[^\P{Z} ]/u.test(char));
  return at < 0 ? [] : [cause.invalid('fieldManager', manager, `invalid character (at position ${at})`)];
}

function checkDryRun(values: readonly unknown[]): Cause[] {
  return values.every((value) => value === 'All') ? [] : [cause.notSupported('dryRun', values, ['All'])];
}

function oneOf(field: string, value: string, supported: readonly string[]): Cause[] {
  return supported.includes(value) ? [] : [cause.notSupported(field, value, supported)];
}

/** metav1.DeleteOptions as far as it is served. */
export interface DeletionOptions {
  preconditions: { uid?: string; resourceVersion?: string };
  propagationPolicy: 'Foreground' | 'Background' | 'Orphan';
  dryRun: boolean;
}

/** From the body; only where there is none, from the query. Throws 400 and 422. */
export function deletionOptions(request: ApiRequest): DeletionOptions {
  const given = request.body.length > 0 ? deletionBody(request) : deletionQuery(request.query);
  const { propagationPolicy: policy, orphanDependents: orphan, preconditions, dryRun } = given;
  const dryRuns = Array.isArray(dryRun) ? dryRun : [];
  checkOptions('DeleteOptions', [
    ...(policy != null && orphan != null
      ? [cause.invalid('propagationPolicy', policy, 'orphanDependents and deletionPropagation cannot be both set')]
      : []),
    ...(policy == null ? [] : oneOf('propagationPolicy', String(policy), [...policies, 'nil'])),
    ...checkDryRun(dryRuns),
  ]);
  return {
    preconditions: objectOr(preconditions),
    propagationPolicy: (policy ?? (orphan ? 'Orphan' : 'Background')) as 'Background',
    dryRun: dryRuns.length > 0,
  };
}

const policies = ['Foreground', 'Background', 'Orphan'];

function deletionBody(request: ApiRequest): JsonObject {
  const body = decodeBody(request, bodyTypes);
  if (!isObject(body)) throw refuse.badRequest('the body of a delete must be DeleteOptions');
  const { kind, apiVersion, gracePeriodSeconds: seconds } = body;
  if (kind && kind !== 'DeleteOptions') {
    throw refuse.badRequest(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`);
  }
  if (seconds != null && !Number.isInteger(seconds)) {
    throw refuse.badRequest(
      `json: cannot unmarshal ${typeof seconds} into Go struct field DeleteOptions.gracePeriodSeconds of type int64`,
    );
  }
  return body;
}

function deletionQuery(query: URLSearchParams): JsonObject {
  integer(query, 'gracePeriodSeconds');
  return {
    propagationPolicy: query.get('propagationPolicy'),
    orphanDependents: flag(query, 'orphanDependents'),
    dryRun: query.getAll('dryRun'),
  };
}

/** Throws 400 and 422 for options that a list or a watch cannot have. */
export function checkListOptions(query: URLSearchParams, watching: boolean): void {
  for (const name of ['limit', 'timeoutSeconds']) integer(query, name);
  checkOptions('ListOptions', watching ? watchCauses(query) : listCauses(query));
}

function listCauses(query: URLSearchParams): Cause[] {
  const match = query.get('resourceVersionMatch') ?? '';
  const version = query.get('resourceVersion') ?? '';
  const forbidden = (why: string) => cause.forbidden('resourceVersionMatch', `resourceVersionMatch ${why}`);
  return [
    ...(match && !version ? [forbidden('is forbidden unless resourceVersion is provided')] : []),
    ...(match && query.get('continue') ? [forbidden('is forbidden when continue is provided')] : []),
    ...oneOf('resourceVersionMatch', match, ['Exact', 'NotOlderThan', '']),
    ...(match === 'Exact' && version === '0' ? [forbidden('"exact" is forbidden for resourceVersion "0"')] : []),
    ...(query.has('sendInitialEvents')
      ? [cause.forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list')]
      : []),
  ];
}

function watchCauses(query: URLSearchParams): Cause[] {
  const match = query.get('resourceVersionMatch') ?? '';
  const forbidden = (why: string) => cause.forbidden('resourceVersionMatch', why);
  if (query.has('sendInitialEvents')) {
    if (match === 'NotOlderThan') return [];
    return [forbidden('sendInitialEvents requires setting resourceVersionMatch to NotOlderThan')];
  }
  return match ? [forbidden('resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided')] : [];
}
