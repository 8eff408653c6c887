// The refusals of the API server, worded as kube-apiserver 1.36 words them (apimachinery pkg/api/errors).

import type { Status } from '../kube/objects.ts';
import type { Resource } from '../kube/resources.ts';
import { canonical } from './json.ts';

export type Cause = { reason: string; message: string; field: string };

/** Thrown by handlers; the server answers with its `status`. */
export class Refusal extends Error {
  readonly status: Status;
  constructor(code: number, reason: string, message: string, details?: Status['details']) {
    super(message);
    this.name = 'Refusal';
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      ...(reason ? { reason } : {}),
      ...(details ? { details } : {}),
      code,
    };
  }
}

type Target = Pick<Resource, 'group' | 'plural'>;

/** `secrets`, or `sealedsecrets.bitnami.com`. */
function qualified({ group, plural }: Target): string {
  return group === '' ? plural : `${plural}.${group}`;
}

function detailsOf({ group, plural }: Target, name: string, more: Partial<NonNullable<Status['details']>> = {}) {
  return { ...(name ? { name } : {}), ...(group ? { group } : {}), kind: plural, ...more };
}

export const refuse = {
  badRequest: (message: string) => new Refusal(400, 'BadRequest', message),
  unauthorized: () => new Refusal(401, 'Unauthorized', 'Unauthorized'),
  forbidden: (target: Target, name: string, why: string, causes?: Cause[]) =>
    new Refusal(
      403,
      'Forbidden',
      `${qualified(target)}${name ? ` "${name}"` : ''} is forbidden: ${why}`,
      detailsOf(target, name, causes ? { causes } : {}),
    ),
  noSuchResource: () => new Refusal(404, 'NotFound', 'the server could not find the requested resource', {}),
  notFound: (target: Target, name: string) =>
    new Refusal(404, 'NotFound', `${qualified(target)} "${name}" not found`, detailsOf(target, name)),
  methodNotAllowed: () =>
    new Refusal(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {}),
  notAcceptable: () =>
    new Refusal(
      406,
      'NotAcceptable',
      '406: Not Acceptable\n\nAvailable representations: application/json, application/yaml',
    ),
  alreadyExists: (target: Target, name: string) =>
    new Refusal(409, 'AlreadyExists', `${qualified(target)} "${name}" already exists`, detailsOf(target, name)),
  conflict: (target: Target, name: string, why: string) =>
    new Refusal(
      409,
      'Conflict',
      `Operation cannot be fulfilled on ${qualified(target)} "${name}": ${why}`,
      detailsOf(target, name),
    ),
  modified: (target: Target, name: string) =>
    refuse.conflict(
      target,
      name,
      'the object has been modified; please apply your changes to the latest version and try again',
    ),
  expired: (message: string) => new Refusal(410, 'Expired', message),
  tooLarge: (message: string) => new Refusal(413, 'RequestEntityTooLarge', message),
  unsupportedMediaType: (accepted: readonly string[]) =>
    new Refusal(
      415,
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
    ),
  invalid: (kind: { group: string; kind: string }, name: string, causes: readonly Cause[]) => {
    const lines = causes.map(({ field, message }) => `${field}: ${message}`);
    const text = lines.length === 1 ? lines[0] : `[${lines.join(', ')}]`;
    return new Refusal(422, 'Invalid', `${qualified({ ...kind, plural: kind.kind })} "${name}" is invalid: ${text}`, {
      ...(name ? { name } : {}),
      ...(kind.group ? { group: kind.group } : {}),
      kind: kind.kind,
      causes: [...causes],
    });
  },
  notImplemented: (what: string) =>
    new Refusal(501, 'NotImplemented', `the embedded API server does not implement ${what}`),
  futureVersion: (asked: number, current: number) =>
    new Refusal(504, 'Timeout', `Timeout: Too large resource version: ${asked}, current: ${current}`, {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
      retryAfterSeconds: 1,
    }),
};

/** field.Error of apimachinery, as causes of a 422. */
export const cause = {
  required: (field: string, why = ''): Cause => ({
    reason: 'FieldValueRequired',
    message: `Required value${why && `: ${why}`}`,
    field,
  }),
  invalid: (field: string, value: unknown, why: string): Cause => ({
    reason: 'FieldValueInvalid',
    message: `Invalid value: ${JSON.stringify(value)}: ${why}`,
    field,
  }),
  notSupported: (field: string, value: unknown, supported: readonly unknown[]): Cause => ({
    reason: 'FieldValueNotSupported',
    message: `Unsupported value: ${canonical(value)}: supported values: ${supported.map((one) => JSON.stringify(typeof one === 'string' ? one : canonical(one))).join(', ')}`,
    field,
  }),
  forbidden: (field: string, why: string): Cause => ({
    reason: 'FieldValueForbidden',
    message: `Forbidden: ${why}`,
    field,
  }),
  tooLong: (field: string, maxBytes: number): Cause => ({
    reason: 'FieldValueTooLong',
    message: `Too long: may not be more than ${maxBytes} bytes`,
    field,
  }),
};
