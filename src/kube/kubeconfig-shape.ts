// The types of a kubeconfig's fields. client-go refuses wrong ones too; a quoted "false" must not turn verification off.

import { ClusterConfigError } from './errors.ts';

/** A text, a boolean, a list of one shape, a map to one shape, or an object with these fields; others are not looked at. */
type Shape =
  | 'text'
  | 'flag'
  | { readonly list: Shape }
  | { readonly map: Shape }
  | { readonly fields: Readonly<Record<string, Shape>> };

const texts = { list: 'text' } as const;

/** The shapes of clientcmd/api/v1, as far as we read it. */
export const shapes = {
  context: { fields: { cluster: 'text', user: 'text', namespace: 'text' } },
  cluster: {
    fields: {
      server: 'text',
      'tls-server-name': 'text',
      'insecure-skip-tls-verify': 'flag',
      'certificate-authority': 'text',
      'certificate-authority-data': 'text',
      'proxy-url': 'text',
    },
  },
  user: {
    fields: {
      'client-certificate': 'text',
      'client-certificate-data': 'text',
      'client-key': 'text',
      'client-key-data': 'text',
      token: 'text',
      tokenFile: 'text',
      username: 'text',
      password: 'text',
      as: 'text',
      'as-uid': 'text',
      'as-groups': texts,
      'as-user-extra': { map: texts },
      'auth-provider': { fields: { name: 'text', config: { map: 'text' } } },
      exec: {
        fields: {
          command: 'text',
          args: texts,
          env: { list: { fields: { name: 'text', value: 'text' } } },
          apiVersion: 'text',
          installHint: 'text',
          provideClusterInfo: 'flag',
          interactiveMode: 'text',
        },
      },
    },
  },
} as const satisfies Record<string, Shape>;

/** Throws `ClusterConfigError` that names `path`, never a value. What is absent or null fits every shape. */
export function checkShape(value: unknown, shape: Shape, path: string): void {
  if (value === undefined || value === null) return;
  if (shape === 'text') {
    if (typeof value !== 'string') throw wrong(path, 'text', 'put it in quotes');
  } else if (shape === 'flag') {
    if (typeof value !== 'boolean') throw wrong(path, 'true or false', 'write it without quotes');
  } else if ('list' in shape) {
    if (!Array.isArray(value)) throw wrong(path, 'a list');
    for (const [index, item] of value.entries()) checkShape(item, shape.list, `${path}[${index}]`);
  } else {
    checkObject(value, shape, path);
  }
}

function checkObject(value: unknown, shape: Extract<Shape, { map: Shape } | { fields: object }>, path: string): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(path, 'an object');
  for (const [name, member] of Object.entries(value)) {
    const of = 'map' in shape ? shape.map : Object.hasOwn(shape.fields, name) ? shape.fields[name] : undefined;
    if (of !== undefined) checkShape(member, of, `${path}.${name}`);
  }
}

function wrong(path: string, what: string, hint?: string): ClusterConfigError {
  return new ClusterConfigError(`${path} is not ${what}`, hint === undefined ? {} : { hint });
}
