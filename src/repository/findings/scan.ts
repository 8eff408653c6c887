// SW3xx: plain values that stand where nobody would look for a Secret. The rules themselves tell what they are about.

import type { RuleTexts } from '../../scan/rule.ts';
import { textRules } from '../../scan/rules.ts';
import { structures } from '../../scan/structures.ts';
import type { FindingKind, FindingKinds } from '../finding.ts';

/** Kinds of findings, by their codes. */
export const scanFindings: FindingKinds = Object.fromEntries(
  [...textRules, ...Object.values<RuleTexts>(structures)].map((rule) => [rule.code, kindOf(rule)]),
);

function kindOf({ code, severity, title, shape, opens, revoke }: RuleTexts): FindingKind {
  return {
    code,
    severity,
    title: title.replace(/^an? /, ''),
    what: shape,
    why: `Whoever can read the repository, or a copy of its history, ${opens}.`,
    mend:
      code === structures.allowWithoutReason.code
        ? revoke
        : `${revoke}\n\nWhat was pushed is known, and stays in the history: taking the line away is not enough. A new value belongs into a SealedSecret:\n\n\`\`\`sh\nseal set FILE ITEM\n\`\`\`\n\nWhat is no secret, or may be public, is allowed where it stands, or on the line above, with the reason:\n\n\`\`\`yaml\n# seal:allow the public key pair of the tests\n\`\`\``,
  };
}
