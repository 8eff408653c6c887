// What the scan finds by reading a file instead of looking for a shape: the texts of those rules.

import type { RuleTexts } from './rule.ts';

const seal = 'Change the values, then seal them: `seal create` makes a SealedSecret without a plain one.';

/** By what our own code calls them. */
export const structures = {
  keyStore: {
    code: 'SW304',
    severity: 'warning',
    title: 'a key store',
    says: 'a key store',
    shape: 'A file `*.p12`, `*.pfx` or `*.kdbx`.',
    opens:
      'can try passwords for as long as they like, without anybody noticing; many such files have none, or a well-known one',
    revoke: 'Make a new key or change what is kept there, and take the file out of the repository.',
  },
  kubeconfig: {
    code: 'SW386',
    severity: 'error',
    title: 'a credential of a kubeconfig',
    shape:
      '`client-key-data`, `token`, `password` or tokens of an `auth-provider` of a user in a kubeconfig, also inside another file.',
    opens: 'can do in the cluster whatever the user may do; a client certificate cannot be revoked before it expires',
    revoke: 'Remove the bindings of the user, or delete the token; use an exec plugin or short-lived tokens.',
  },
  nestedSecret: {
    code: 'SW387',
    severity: 'error',
    title: 'a Kubernetes Secret',
    shape:
      'A `v1` Secret with values inside another document: a list of extra objects in Helm values, text in a ConfigMap, a Helm template with literal values.',
    opens: 'has the values, since base64 is no encryption',
    revoke: seal,
  },
  environmentFile: {
    code: 'SW388',
    severity: 'error',
    title: 'a value of an environment file',
    shape:
      'A line `NAME=value` of a `.env` file whose name speaks of a secret. `.env.example` and the like do not count.',
    opens: 'can sign in as the program that reads the file',
    revoke:
      'Change the value, list the file in .gitignore, and seal what the cluster needs: `seal create NAME --from-env-file .env`.',
  },
  allowWithoutReason: {
    code: 'SW399',
    severity: 'error',
    title: 'an allowance without a reason',
    says: 'seal:allow without a reason allows nothing',
    shape: 'A comment `seal:allow` with nothing behind it. It allows nothing.',
    opens: 'cannot tell whether what is allowed there may be public, nor can you next year',
    revoke: 'Write the reason behind it: `# seal:allow the public test key of RFC 9500`.',
  },
} as const satisfies Record<string, RuleTexts>;

/** The code of a plain Secret that is a document of its own; its texts are those of `seal check`. */
export const plainSecretCode = 'SW101';
