// SW1xx: what `seal check` finds in sealed values, in plain Secrets and in how they keep to the rules.

import type { FindingKinds } from '../finding.ts';

/** Kinds of findings about Secrets and sealed values. */
export const checkFindings = {
  plainSecret: {
    code: 'SW101',
    severity: 'error',
    title: 'plain Secret',
    what: 'A `v1` Secret with values in `data` or `stringData`, at a place that `plain:` of `.sealwright.yaml` does not name.',
    why: 'Base64 is no encryption: whoever can read the repository, or any copy of its history, has the values.',
    mend: 'Seal it where it stands:\n\n```sh\nseal -i FILE\n```\n\nA value that was pushed is known: change it at its source, then seal the new one. Where plain Secrets are meant to be, as in tests, list the place under `plain:` in `.sealwright.yaml`.',
  },
  damagedValue: {
    code: 'SW102',
    severity: 'error',
    title: 'damaged sealed value',
    what: 'A value of `spec.encryptedData` is not text, not standard base64, or not what sealing makes: it was cut off, edited or pasted in part.',
    why: 'No controller can open it. The Secret keeps its old values, or never comes to be.',
    mend: 'Seal the value again:\n\n```sh\nseal set FILE ITEM\n```\n\nor take the line back from the history: `git log -p -- FILE`.',
  },
} as const satisfies FindingKinds;
