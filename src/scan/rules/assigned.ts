// Values of no known shape that a name gives away: SW395. The only rule that asks how random a text looks.

import { entropyOf, isMadeUp } from '../made-up.ts';
import type { TextRule } from '../rule.ts';
import { sample } from '../samples.ts';

/** Below it, texts are words more often than not. */
const leastEntropy = 3.5;

/** Names that speak of a secret without being given one. */
const otherwise =
  /hash|checksum|digest|fingerprint|public|existing|(?:^|[^a-z])(?:id|ids)(?:[^a-z]|$)|name|path|file|dir|ur[il]|ref|selector|type|version|endpoint|length|size|ttl|expir|algo|issuer|audience|scope|format|pattern|regex|label|class|mount|policy|policies|kind|group|count|max|min|limit|alias|storetype|board|sort|primary|foreign|cache|partition|pub(?:lic)?[_.-]?key|csrf/i;
const camelId = /(?:Id|IDs?|Ids)$/;

/** Whether an entry of this name would hold a secret. */
export function namesSecret(name: string): boolean {
  return !otherwise.test(name) && !camelId.test(name);
}

/** What sealed values begin with, and what is left of them where somebody cut one short: the length of an RSA block. */
const sealedStart = /^A[gQ][A-D][A-Za-z0-9+/]/;

function looksRandom(text: string): boolean {
  const isMixed = /\d/.test(text) && /[A-Za-z]/.test(text);
  // 2026-01-01T00:00:00Z, 1.2.3-rc.1, images by their digest, and identifiers of resources
  const isOrdinary =
    /^\d{4}-\d\d-\d\d|^v?\d+\.\d+\.\d+|^sha\d{3}[:-]|^arn:|^https?:|^[\w-]{1,60}(?:\.[\w-]{1,60})+\/|^\/|^[\w-]{1,40}(?:\.[\w-]{1,40}){2,}$|^[A-Z]?[a-z]*\d{0,3}(?:[-_.][A-Z]?[a-z]*\d?[a-z]*\d{0,3}){2,9}$/.test(
      text,
    );
  return isMixed && !isOrdinary && !sealedStart.test(text) && entropyOf(text) >= leastEntropy && !isMadeUp(text);
}

/** In programs a bare word is a variable. */
const programs =
  /\.(?:[cm]?[jt]sx?|go|py|rb|rs|java|kt|kts|scala|cs|cpp|cc|c|h|hpp|php|swift|dart|ex|exs|clj|lua|pl|vue|svelte|sql|md|rst|txt|adoc)$/i;

/** What generators wrote: full of random text that opens nothing. */
const generated =
  /(?:^|\/)(?:[\w.-]*\.lock|[\w.-]*-lock\.(?:json|ya?ml)|npm-shrinkwrap\.json|go\.(?:sum|mod)|[\w.-]*\.min\.(?:js|css)|[\w.-]*\.(?:map|svg|snap|ipynb))$/i;

/** Whether the rule has something to say about a file of this name. */
export function mayAssign(file: string): boolean {
  return !generated.test(file);
}

/** Values given to names that speak of secrets. */
export const assignedRule: TextRule = {
  code: 'SW395',
  severity: 'warning',
  title: 'a value that looks like a secret',
  says: 'a value that looks like a secret',
  shape:
    'A name such as `password`, `token`, `secret` or `apiKey` with a value of 10 to 150 characters that looks random.',
  opens: 'can use it, if it is what its name says',
  revoke: 'If it is a secret, change it and seal the new one. If not: `# seal:allow` with the reason.',
  words: [
    'ass',
    'ASS',
    'pwd',
    'PWD',
    'ecret',
    'ECRET',
    'oken',
    'OKEN',
    'ey',
    'EY',
    'redential',
    'REDENTIAL',
    'reds',
    'REDS',
  ],
  pattern:
    /(?:passw(?:or)?d|passphrase|pwd|secret|token|(?:api|access|auth|private|encryption|signing|master|shared|secret)[_.-]?key|credentials?|creds)(?<rest>[\w.-]{0,24})\\?["'\]]{0,2}[ \t]{0,4}(?:=>|:=|\|\||[:=])[ \t]{0,8}(?<quote>\\?["'`]?)(?<secret>[\w.+/=~!@%^*-]{10,150})(?=[\\"'`\s,;)}]|$)/gim,
  isReal: (secret, match) => {
    const { index = 0, input = '', groups = {} } = match;
    const before = /[\w./-]{0,40}$/.exec(input.slice(Math.max(0, index - 40), index))?.[0] ?? '';
    const name = before + match[0].slice(0, match[0].search(/["'\] \t:=|\\]/));
    return namesSecret(name) && groups.quote !== undefined && looksRandom(secret);
  },
  matches: () => [
    `password: ${sample(20)}`,
    `API_TOKEN=${sample(32)}`,
    `"clientSecret": "${sample(24)}"`,
    `db.password=${sample(16)}`,
  ],
  passes: () => [
    `checksum/secret: ${sample(64, 'hex')}`,
    `existingSecret: shop-credentials-2024a`,
    `secretName: tls-${sample(20)}`,
    'password: correct-horse-battery',
    'password: hunter2-not-base64',
    `password: AgB${sample(29, 'base64')}`,
    'const TOKEN_PARAM = "X-Amz-S3session-Token"',
    'token: "{{ .Values.token }}"',
    ['passwordPolicy: ', 'min12-Upper1-Digit1'].join(''),
    'secret: 2026-01-01T00:00:00Z-backup',
  ],
};

/** Whether a match of the rule counts in a file: programs name their variables as they like. */
export function countsIn(file: string, match: RegExpMatchArray): boolean {
  return (match.groups?.quote ?? '') !== '' || !programs.test(file);
}
