// SW2xx: what is wrong with the fields of our kinds, and with what they refer to.

import type { FindingKinds } from '../finding.ts';

/** Kinds of findings about definitions and references. */
export const schemaFindings = {
  unknownField: {
    code: 'SW201',
    severity: 'error',
    title: 'unknown field',
    what: 'An object of our kinds has a field that its definition does not know: mistyped, indented under the wrong parent, or of another version.',
    why: 'The API server drops the field without a word, or refuses the whole object: `kubectl apply` and Flux validate strictly. What it was to do is not done.',
    mend: 'Take the name that the hint offers, or look the field up under [resources](../resources/externalsecret.md).',
  },
  wrongType: {
    code: 'SW202',
    severity: 'error',
    title: 'field of the wrong type',
    what: 'A field is a number where text is asked for, a list where a mapping is, and so on. `yes`, `on`, `0123` and `1e3` are no text in YAML.',
    why: 'The API server refuses the object; the Secret stays as it was, or never comes to be.',
    mend: 'Write the value as its field wants it; text that looks like something else goes in quotes.',
  },
  missingField: {
    code: 'SW203',
    severity: 'error',
    title: 'missing field',
    what: 'A field without which the object means nothing is not there. Patches of a Kustomization need not have it.',
    why: 'The API server refuses the object; the Secret stays as it was, or never comes to be.',
    mend: 'Add the field. If the file is a patch, list it under `patches` of its Kustomization.',
  },
  wrongValue: {
    code: 'SW204',
    severity: 'error',
    title: 'value that is not allowed',
    what: 'A field is of the right type, and its value is none of those that its definition allows: a word of a list, a name, a number in a range.',
    why: 'The API server refuses the object; the Secret stays as it was, or never comes to be.',
    mend: 'Take one of the values that the hint names.',
  },
  brokenRule: {
    code: 'SW205',
    severity: 'error',
    title: 'broken rule',
    what: 'Every field is right alone, and together they break a rule of the kind, such as two sources where one is allowed.',
    why: 'The API server refuses the object with the same words; the Secret stays as it was, or never comes to be.',
    mend: 'Change one of the fields that the message names. The rules are those of `x-kubernetes-validations` in `deploy/crds`.',
  },
  notServed: {
    code: 'SW206',
    severity: 'warning',
    title: 'kind that Sealwright does not serve',
    what: 'The object is of one of our API groups, and of a kind or version that our controller does not serve, such as VaultDynamicSecret or PushSecret.',
    why: 'Where Sealwright is the only controller nothing is made of it, and nothing of it was checked.',
    mend: 'Keep the controller that serves it, or use a kind that Sealwright serves: see [compatibility](../compatibility.md).',
  },
  danglingReference: {
    code: 'SW207',
    severity: 'warning',
    title: 'reference to nothing in the repository',
    what: 'A `secretStoreRef`, `vaultAuthRef`, `vaultConnectionRef`, `vaultAuthGlobalRef` or `transformationRefs` names an object that no manifest of the repository defines, in that namespace or in any that it could end up in.',
    why: 'Unless something else creates it, the Secret never comes to be. It is a warning because something else may.',
    mend: 'Correct the name, the namespace or the kind; the hint has what was probably meant. Define the object in the repository where it is missing.',
  },
  notRendered: {
    code: 'SW208',
    severity: 'error',
    title: 'Kustomization that cannot be rendered',
    what: 'The command that `--render` names ended with an error for a Kustomization of the repository, did not end in its time (`--render-timeout`), or printed something else than manifests.',
    why: 'What cannot be rendered cannot be applied, and nothing can be checked in it.',
    mend: 'Run the command for that folder and follow what it says:\n\n```sh\nkubectl kustomize FOLDER\n```',
  },
} as const satisfies FindingKinds;
