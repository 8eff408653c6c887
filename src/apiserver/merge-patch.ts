// JSON merge patch (RFC 7386) and JSON patch (RFC 6902).

import jsonPatchLibrary, { type Operation } from 'fast-json-patch';
import { isObject, member, setMember } from './json.ts';

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

const operations = new Set(['add', 'remove', 'replace', 'move', 'copy', 'test']);

/** `target` after the operations, all or none. Throws `PatchError`: 400 when malformed, 422 when it does not apply. */
export function jsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch) || !patch.every(isObject)) {
    throw new PatchError(400, 'error decoding patch: json: cannot unmarshal into jsonpatch.Patch');
  }
  for (const operation of patch) {
    if (typeof operation.op !== 'string' || !operations.has(operation.op)) {
      throw new PatchError(400, `Unexpected kind: ${String(operation.op)}`);
    }
  }
  try {
    const copy = structuredClone(target);
    return jsonPatchLibrary.applyPatch(copy, structuredClone(patch) as unknown as Operation[], true, true).newDocument;
  } catch (error) {
    throw new PatchError(422, explain(error));
  }
}

// The library's messages repeat the whole document, which may hold a secret.
function explain(error: unknown): string {
  if (!(error instanceof jsonPatchLibrary.JsonPatchError))
    return 'the server rejected our request due to an error in our request';
  const { name, operation } = error;
  const path = typeof operation?.path === 'string' ? operation.path : '';
  if (name === 'TEST_OPERATION_FAILED') return `testing value ${path} failed: test failed`;
  return `${operation?.op ?? 'patch'} operation does not apply: doc is missing path: ${JSON.stringify(path)}: missing value`;
}
