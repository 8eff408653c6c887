// The schema of the one generator that there is: Password.

import { definition, flag, integer, item, list, object, oneOf, text } from './schema.mjs';

export const password = () =>
  definition({
    group: 'generators.external-secrets.io',
    versions: ['v1alpha1'],
    scope: 'Namespaced',
    names: {
      kind: 'Password',
      plural: 'passwords',
      singular: 'password',
      categories: ['external-secrets', 'external-secrets-generators'],
    },
    description: 'Makes random passwords for the ExternalSecrets that refer to it.',
    spec: object('What the passwords are like.', {
      length: integer('24 when absent.'),
      digits: integer('A quarter of the length when absent.'),
      symbols: integer('A quarter of the length when absent.'),
      symbolCharacters: text('The symbols to choose from.'),
      noUpper: flag('No upper-case letters.'),
      allowRepeat: flag('A character may come more than once.'),
      encoding: oneOf(['base64', 'base64url', 'base32', 'hex', 'raw'], 'raw when absent.'),
      secretKeys: list(item(), 'Names of the values that are made; password when absent.'),
    }),
  });
