// JSON merge patch (RFC 7386) and JSON patch (RFC 6902).

import library, { type Operation } from 'fast-json-patch';
import { isObject, type JsonObject, member, setMember } from './json.ts';

/** `target` with `patch` merged in (RFC 7386): null removes a member, lists are replaced. Neither is changed. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return structuredClone(patch);
  const result = isObject(target) ? structuredClone(target) : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else setMember(result, key, mergePatch(member(result, key), value));
  }
  return result;
}

/** A patch that cannot be applied: `code` is the HTTP status that kube-apiserver answers with. */
export class PatchError extends Error {
  readonly code: 400 | 422;
  constructor(code: 400 | 422, message: string) {
    super(message);
    this.name = 'PatchError';
    this.code = code;
  }
}

/** kube-apiserver refuses longer JSON patches (413). */
export const maxJsonPatchOperations = 10_000;

/** All that kube-apiserver says of a patch that does not apply; which suits us, as more could repeat a secret. */
const rejected = 'the server rejected our request due to an error in our request';

/** `target` after the operations, all or none. Throws `PatchError`: 400 when it is no list, 422 when it does not apply. */
export function jsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch) || !patch.every(isObject)) {
    const what = isObject(patch) ? 'object' : typeof patch;
    const why = `json: cannot unmarshal ${what} into Go value of type []handlers.jsonPatchOp`;
    throw new PatchError(400, `error decoding patch: ${why}`);
  }
  try {
    return structuredClone(patch).reduce<unknown>(applyOperation, structuredClone(target));
  } catch {
    throw new PatchError(422, rejected);
  }
}

function applyOperation(document: unknown, operation: JsonObject): unknown {
  const { op, path } = operation;
  if (typeof path !== 'string') throw new TypeError('path must be text');
  // As in the Go library: a value left out is null, and replacing a member that is not there adds it.
  if (op === 'add' || op === 'replace' || op === 'test') operation.value ??= null;
  if (op === 'replace' && path !== '') {
    const parent = library.getValueByPointer(document, path.slice(0, path.lastIndexOf('/')));
    if (isObject(parent)) operation.op = 'add';
  }
  return library.applyOperation(document, operation as unknown as Operation, true, true).newDocument;
}
