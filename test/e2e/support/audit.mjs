// Counts the API server's calls by verb, resource, user and user agent from its audit log.
import { closeSync, openSync, readSync, statSync } from 'node:fs';

/**
 * What the API server logs: every request once it is answered, and a watch once it has begun. Bodies are never logged.
 * Health checks are left out.
 */
export const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: None
    nonResourceURLs: ["/readyz*", "/livez*", "/healthz*"]
  - level: Metadata
`;

/**
 * One kind of call and how often it was made.
 * @typedef {object} Calls
 * @property {string} verb get, list, watch, create, update, patch, delete, deletecollection; as RBAC names them
 * @property {string} resource `secrets`, `sealedsecrets.bitnami.com`, `sealedsecrets.bitnami.com/status`; the path for the rest
 * @property {string} user `system:serviceaccount:NAMESPACE:NAME` for a service account
 * @property {string} userAgent the program's name without version and platform: `kubectl`
 * @property {number} code the HTTP status
 * @property {number} count
 */

/**
 * The calls in the log from byte `from` on, grouped, most frequent first.
 *
 * @param {string} file
 * @param {{ from?: number, user?: string, userAgent?: string }} [filter] `from` is an earlier `auditPosition`
 *   (default: the beginning); `user` and `userAgent` must be equal where given
 * @returns {Calls[]}
 */
export function countCalls(file, { from = 0, user, userAgent } = {}) {
  /** @type {Map<string, Calls>} */
  const groups = new Map();
  const seen = new Set();
  for (const event of events(file, from)) {
    // A watch is logged when it begins and again when it ends.
    if (seen.has(event.auditID)) continue;
    seen.add(event.auditID);
    const call = callOf(event);
    if ((user && call.user !== user) || (userAgent && call.userAgent !== userAgent)) continue;
    const key = JSON.stringify(call);
    const group = groups.get(key) ?? { ...call, count: 0 };
    group.count += 1;
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => b.count - a.count);
}

/** Where the log ends now, to count from later. @param {string} file */
export function auditPosition(file) {
  return statSync(file).size;
}

/** True when the log holds a request whose path contains `text`. @param {string} file @param {string} text @param {number} from */
export function auditContains(file, text, from) {
  return textFrom(file, from).includes(text);
}

/**
 * The number of calls by verb, for a table.
 * @param {Calls[]} calls
 * @returns {Record<string, number>}
 */
export function byVerb(calls) {
  /** @type {Record<string, number>} */
  const verbs = {};
  for (const { verb, count } of calls) verbs[verb] = (verbs[verb] ?? 0) + count;
  return verbs;
}

/** @returns {Omit<Calls, 'count'>} */
function callOf(event) {
  const { objectRef, requestURI = '', user = {}, userAgent = '', responseStatus = {} } = event;
  const group = objectRef?.apiGroup ? `.${objectRef.apiGroup}` : '';
  const subresource = objectRef?.subresource ? `/${objectRef.subresource}` : '';
  return {
    verb: event.verb,
    resource: objectRef?.resource ? `${objectRef.resource}${group}${subresource}` : requestURI.split('?')[0],
    user: user.username ?? '',
    userAgent: userAgent.split('/')[0],
    code: responseStatus.code ?? 0,
  };
}

function events(file, from) {
  const lines = textFrom(file, from).split('\n');
  // The last piece is empty, or a line that is still being written.
  return lines.slice(0, -1).map((line) => JSON.parse(line));
}

function textFrom(file, from) {
  const bytes = Buffer.alloc(Math.max(0, statSync(file).size - from));
  const descriptor = openSync(file, 'r');
  try {
    const read = readSync(descriptor, bytes, 0, bytes.length, from);
    return bytes.toString('utf8', 0, read);
  } finally {
    closeSync(descriptor);
  }
}
