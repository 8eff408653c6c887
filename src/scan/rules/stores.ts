// Credentials of secret stores, clusters and databases, and those that stand in URLs and headers: SW380 to SW394.

import { base64Decode, isBase64 } from '../../encoding/base64.ts';
import { entropyOf, isMadeUp } from '../made-up.ts';
import { type TextRule, token } from '../rule.ts';
import { sample } from '../samples.ts';

const databases =
  /(?:^|[^a-z0-9])(?:postgres(?:ql)?|mysqlx?|mariadb|mongodb(?:\+srv)?|rediss?|valkeys?|amqps?|nats|tls|mssql|sqlserver|cockroach(?:db)?|clickhouses?|oracle|couchdb|neo4j(?:\+s)?|bolt|kafka|ldaps?|smtps?|db2|elasticsearch|influxdb|cassandra|snowflake|memcached?)(?:\+[a-z0-9]{1,20})?$/i;

/** User and password, as RFC 3986 §3.2.1 lets them stand in a URL. */
const userInfo =
  /:\/\/(?<user>[^\s:/?#@'"`<>\\]{0,80}):(?<secret>[^\s/?#@'"`<>\\]{1,160})@(?<host>[A-Za-z0-9.[\]:%_-]{1,255})/g;

/** Hosts that are nobody's: RFC 2606, RFC 6761, this machine. */
const nobodys =
  /^(?:localhost|127\.\d|\[::1\]|0\.0\.0\.0|(?:[\w-]{1,63}\.){0,5}(?:example(?:\.\w{2,3})?|invalid|test|localhost)(?:[:/]|$)|host(?:name)?(?:[:/]|$))/i;
const stock =
  /^(?:user(?:name)?|pass(?:word|wd)?|pwd|pw|secret|token|admin|root|guest|postgres|mysql|redis|rabbitmq|foo|bar|test|mypass(?:word)?|p|x|%s|%v|\.{3}|:?[A-Z_]{3,40})$/;

function isCredential(kind: 'database' | 'other') {
  return (secret: string, { index = 0, input = '', groups = {} }: RegExpMatchArray): boolean => {
    const scheme = input.slice(Math.max(0, index - 24), index);
    if (databases.test(scheme) !== (kind === 'database') || !/[a-z0-9]$/i.test(scheme)) return false;
    return !nobodys.test(groups.host ?? '') && !stock.test(secret) && !isMadeUpPassword(secret);
  };
}

// A short password has few different characters.
function isMadeUpPassword(text: string): boolean {
  return isMadeUp(text) && !(text.length < 8 && new Set(text).size > 2 && !isMadeUp(`${text}0123456789`));
}

/** `user:password` in base64 in which the password is not made up. */
function isUserAndPassword(encoded: string): boolean {
  if (!isBase64(encoded)) return false;
  const [, password] = /^[\x21-\x39\x3b-\x7e]{1,200}:([\x20-\x7e]{1,2000})$/.exec(textOf(base64Decode(encoded))) ?? [];
  return password !== undefined && !stock.test(password) && !isMadeUpPassword(password);
}

const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function isJwtHeader(part: string): boolean {
  const padded = part
    .replaceAll('-', '+')
    .replaceAll('_', '/')
    .padEnd(Math.ceil(part.length / 4) * 4, '=');
  if (!isBase64(padded)) return false;
  return /"alg"\s{0,3}:\s{0,3}"(?!none")/.test(textOf(base64Decode(padded)));
}

const jwt = (header: string) =>
  [btoa(header), btoa(`{"sub":"${sample(12)}","iat":1700000000}`), sample(43)].join('.').replaceAll('=', '');

/** In the order of their codes. */
export const storeRules: readonly TextRule[] = [
  token({
    code: 'SW380',
    title: 'a Vault token',
    shape:
      '`hvs.`, `hvb.` or `hvr.` and at least 24 characters, or `s.` and 24 letters and digits, as Vault and OpenBao issue them.',
    opens: 'can read every secret that the token’s policies let it',
    revoke: '`vault token revoke` or `bao token revoke`, then read the audit log.',
    words: ['hvs.', 'hvb.', 'hvr.', 's.'],
    pattern: /(?<![\w.-])(?:hv[sbr]\.(?<secret>[\w-]{24,300})|s\.[A-Za-z0-9]{24})(?![\w-]|\.\w)/g,
    isReal: (secret) =>
      secret.startsWith('s.')
        ? /\d/.test(secret) && /[A-Za-z]{2}/.test(secret.slice(2)) && entropyOf(secret) > 3.5
        : !isMadeUp(secret),
    matches: () => [`hvs.${sample(95)}`, `hvb.${sample(150)}`, `VAULT_TOKEN=s.${sample(24)}`],
    passes: () => [`hvs.${sample(10)}`, `this.s.${sample(24)}`, 's.thisIsTheNameOfAMethodXX', `hvs.${'x'.repeat(95)}`],
  }),
  token({
    code: 'SW381',
    title: 'an OpenShift token',
    shape: '`sha256~` and 43 characters.',
    opens: 'can do in the cluster whatever the user may do',
    revoke: '`oc logout` with it, or delete the OAuthAccessToken.',
    words: ['sha256~'],
    pattern: /(?<!\w)sha256~(?<secret>[\w-]{43})(?![\w-])/g,
    matches: () => [`oc login --token=sha256~${sample(43)}`],
    passes: () => [`sha256~${sample(20)}`, `sha256:${sample(64, 'hex')}`],
  }),
  token({
    code: 'SW382',
    title: 'a JSON web token',
    shape:
      'Three parts in base64url with points between them, of which the first two start with `eyJ` and the first names an algorithm.',
    opens: 'is whoever the token says, until it expires; tokens of service accounts may never do so',
    revoke: 'Change the key that it was signed with, or delete the Secret of the service account.',
    words: ['eyJ'],
    pattern: /(?<![\w-])eyJ[\w-]{10,700}\.eyJ[\w-]{10,4000}\.[\w-]{10,1400}/g,
    // The subject 1234567890 is that of the example at jwt.io, which half of all manuals show.
    isReal: (secret) =>
      isJwtHeader(secret.slice(0, secret.indexOf('.'))) && !secret.includes('.eyJzdWIiOiIxMjM0NTY3ODkwI'),
    matches: () => [jwt('{"alg":"RS256","typ":"JWT"}'), jwt('{"typ":"JWT","alg":"HS256"}')],
    passes: () => [`eyJ${sample(30)}.eyJ${sample(30)}.${sample(30)}`, jwt('{"typ":"JWT","alg":"none"}')],
  }),
  token({
    code: 'SW383',
    title: 'a registry password',
    shape: '`"auth": "…"` of a Docker configuration: user and password in base64.',
    opens: 'can pull private images, and push what clusters will run',
    revoke:
      'Change the password at the registry. For a cluster, seal a Secret of the type `kubernetes.io/dockerconfigjson`.',
    words: ['auth'],
    pattern:
      /(?<![\w.-])\\?["']?auth\\?["']?\s{0,4}:\s{0,4}\\?["']?(?<secret>[A-Za-z0-9+/]{8,2000}={0,2})(?![\w+/=-])/g,
    isReal: isUserAndPassword,
    matches: () => [
      `{"auths": {"ghcr.io": {"auth": "${btoa(`shop:${sample(16)}`)}"}}}`,
      `auth: ${btoa(`shop:${sample(16)}`)}`,
    ],
    passes: () => [`{"auth": "${btoa('user:password')}"}`, '{"auth": "bearerAuthentication"}', 'auth: kubernetes'],
  }),
  token({
    code: 'SW384',
    title: 'a database URL with its password',
    shape:
      '`postgres://user:password@host`, and the same for MySQL, MongoDB, Redis, AMQP, LDAP, SMTP and others. Hosts such as `localhost` and `db.example.com` do not count.',
    opens: 'can read and change the data, from wherever the database can be reached',
    revoke: 'Change the password in the database, then seal the new URL.',
    words: ['://'],
    pattern: userInfo,
    isReal: isCredential('database'),
    matches: () => [
      `DATABASE_URL=postgres://shop:${sample(14)}@db.shop.svc:5432/shop`,
      `redis://:${sample(14)}@cache:6379/0`,
      `mongodb+srv://shop:${sample(14)}@cluster0.abcde.mongodb.net/x`,
      `postgresql+psycopg2://shop:${sample(7)}@db/shop`,
    ],
    passes: () => [
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of a shell
      'postgres://shop:${PASSWORD}@db/shop',
      'postgres://user:password@db.shop.svc/shop',
      `postgres://shop:${sample(14)}@localhost/shop`,
      `postgres://shop:${sample(14)}@db.example.com/shop`,
      'postgres://shop:{{ .Values.password }}@db/shop',
      'postgres://shop:<password>@db/shop',
      'postgres://shop@db:5432/shop',
      'postgres://postgres:postgres@db.shop.svc/shop',
    ],
  }),
  token({
    code: 'SW385',
    title: 'a URL with its password',
    shape:
      '`https://user:password@host`, `ssh://…`, `ftp://…` and any other scheme. Hosts such as `localhost` and `example.com` do not count.',
    opens: 'can sign in there',
    revoke: 'Change the password or token, and keep it apart from the URL.',
    words: ['://'],
    pattern: userInfo,
    isReal: isCredential('other'),
    matches: () => [
      `https://deploy:${sample(14)}@git.shop.io/infra.git`,
      `remote = https://x-access-token:${sample(20)}@git.shop.io`,
    ],
    passes: () => [
      'https://user:pass@git.shop.io',
      `https://deploy:${sample(14)}@www.example.com/`,
      'https://shop.io:8443/@scope/package',
      'http://{{ .user }}:{{ .password }}@shop.io',
    ],
  }),
  token({
    code: 'SW389',
    title: 'a password on a command line',
    shape: '`curl -u user:password` or `wget --user …:…`.',
    opens: 'can sign in there',
    revoke: 'Change the password, and let the command read it: `curl --netrc`, or `-u "$USER:$PASSWORD"`.',
    words: [' -u', ' --user', '\t-u', '\t--user'],
    pattern: /(?<=[ \t])(?:-u|--user)[ \t=]{1,4}["']?[^\s:"'$<]{1,80}:(?<secret>[^\s"'`\\]{3,160})/g,
    isReal: (secret, { index = 0, input = '' }) =>
      /\b(?:curl|wget)\b/.test(
        input
          .slice(Math.max(0, index - 400), index)
          .split(/(?<!\\)\n/)
          .at(-1) ?? '',
      ) &&
      !stock.test(secret) &&
      !isMadeUpPassword(secret),
    matches: () => [
      `curl -sS -u shop:${sample(14)} https://shop.io`,
      `curl \\\n  --user 'shop:${sample(14)}' https://shop.io`,
    ],
    passes: () => [
      'curl -u "$USER:$PASSWORD" https://shop.io',
      `docker run -u 1000:${sample(6)} image`,
      'curl -u user:password x',
    ],
  }),
  token({
    code: 'SW390',
    title: 'an authorization header',
    shape: '`Authorization: Basic …`, or `Bearer …` and at least 20 random characters.',
    opens: 'can sign in there',
    revoke: 'Change the password or token, and let the program read it from its environment.',
    words: ['uthorization', 'UTHORIZATION'],
    pattern:
      /authorization\\?["']?[ \t]{0,4}[:=,][ \t]{0,4}\\?["']?(?:Basic[ \t]{1,3}(?<basic>[A-Za-z0-9+/]{8,1400}={0,2})|(?:Bearer|Token)[ \t]{1,3}(?<secret>[\w.~+/-]{20,2000}))(?![\w.~+/-])/gi,
    isReal: (secret, { groups = {} }) =>
      groups.basic !== undefined
        ? isUserAndPassword(groups.basic)
        : entropyOf(secret) >= 3.5 && /\d/.test(secret) && !isMadeUp(secret),
    matches: () => [`Authorization: Basic ${btoa(`shop:${sample(14)}`)}`, `-H "Authorization: Bearer ${sample(32)}"`],
    passes: () => [
      `Authorization: Basic ${btoa('user:password')}`,
      'Authorization: Bearer $TOKEN',
      'Authorization: Bearer my-token-goes-right-here',
    ],
  }),
  token({
    code: 'SW391',
    title: 'a password of a client’s configuration',
    shape: '`password …` in `.netrc`, `_authToken=`, `_auth=` or `_password=` in `.npmrc`, `password =` in `.pypirc`.',
    opens: 'can sign in there',
    revoke: 'Change it, and let the client read it from the environment.',
    words: ['password', '_auth'],
    files: /(?:^|\/)[._](?:netrc|npmrc|pypirc)$/,
    pattern:
      /(?:\bpassword[ \t]{1,8}(?:=[ \t]{0,8})?|:?_(?:authToken|auth|password)[ \t]{0,8}=[ \t]{0,8})["']?(?<secret>[^\s"']{4,1000})/g,
    matches: () => [
      `machine shop.io login me password ${sample(14)}`,
      `//registry.shop.io/:_authToken=${sample(36)}`,
      `password = ${sample(14)}`,
    ],
    passes: () => [
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of npm
      '//registry.shop.io/:_authToken=${NPM_TOKEN}',
      'machine shop.io login me password <password>',
    ],
  }),
];
