// The Secrets that both tools seal and open in turn: every scope, key size, kind of content and way of writing it down.
import { stringify } from 'yaml';

/** Bits of the RSA keys that the matrix uses. */
export const keySizes = [2048, 3072, 4096] as const;

/** One Secret, how it is written and sealed, and what has to come out again. */
export interface InteropCase {
  title: string;
  bits: (typeof keySizes)[number];
  /** The manifest as a person has it. */
  text: string;
  format: 'yaml' | 'json';
  /** Flags of sealing, spelled alike by both tools. */
  flags: string[];
  /** The Secret that everyone must get, with `data` in base64. */
  expected: ExpectedSecret;
  /** False where the two tools differ on purpose, and only `seal` is asked to seal. */
  sealedAlike: boolean;
}

/** A Secret as a cluster would hold it, empty maps left out. */
export interface ExpectedSecret {
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    finalizers?: string[];
  };
  type?: string;
  immutable?: boolean;
  data: Record<string, string>;
}

interface CaseInput {
  bits?: InteropCase['bits'];
  name?: string;
  namespace?: string | undefined;
  /** Written under `data`. */
  data?: Record<string, Uint8Array>;
  /** Written under `stringData`. */
  stringData?: Record<string, string>;
  metadata?: Omit<ExpectedSecret['metadata'], 'name' | 'namespace'>;
  /** Metadata that is written but must not come out. */
  noise?: { annotations?: Record<string, string>; [field: string]: unknown };
  type?: string;
  immutable?: boolean;
  flags?: string[];
  /** What `flags` make of name, namespace and annotations. */
  becomes?: Partial<ExpectedSecret['metadata']>;
  format?: 'yaml' | 'json';
  /** In place of the printed Secret. */
  text?: string;
  sealedAlike?: boolean;
}

const prefix = 'sealedsecrets.bitnami.com/';
const namespaceWide = { [`${prefix}namespace-wide`]: 'true' };
const clusterWide = { [`${prefix}cluster-wide`]: 'true' };

const bytes = (text: string) => new TextEncoder().encode(text);
const base64 = (value: Uint8Array) => Buffer.from(value).toString('base64');
const everyByte = Uint8Array.from({ length: 256 }, (_, value) => value);

/** Bytes without a pattern that compression or text handling could hide behind, the same in every run. */
const filler = (length: number) => Uint8Array.from({ length }, (_, i) => (i * i + 7 * i + (i >> 8)) & 255);

function interopCase(title: string, input: CaseInput): InteropCase {
  const { name = 'db', bits = 4096, metadata = {}, noise = {}, type, immutable, flags = [], becomes = {} } = input;
  const namespace = 'namespace' in input ? input.namespace : 'shop';
  const { data, stringData, format = 'yaml', sealedAlike = true } = input;
  const rest = { ...(type === undefined ? {} : { type }), ...(immutable === undefined ? {} : { immutable }) };
  const annotations = { ...noise.annotations, ...metadata.annotations };
  const written = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...metadata,
      ...noise,
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    },
    ...rest,
    ...(data ? { data: mapValues(data, base64) } : {}),
    ...(stringData ? { stringData } : {}),
  };
  const text =
    input.text ??
    (format === 'json' ? `${JSON.stringify(written, null, 2)}\n` : stringify(written, { version: '1.1' }));
  const place = { name, ...(namespace === undefined ? {} : { namespace }), ...metadata, ...becomes };
  const values = { ...data, ...mapValues(stringData ?? {}, bytes) };
  const expected = { metadata: place, ...rest, data: mapValues(values, base64) };
  return { title, bits, text, format, flags, expected, sealedAlike };
}

function mapValues<A, B>(map: Record<string, A>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
}

const login = { username: bytes('admin'), password: bytes('correct horse battery staple') };

const scopes = keySizes.flatMap((bits) => [
  interopCase(`strict by default, RSA-${bits}`, { bits, data: login }),
  interopCase(`strict by flag, RSA-${bits}`, { bits, data: login, flags: ['--scope', 'strict'] }),
  interopCase(`namespace-wide by flag, RSA-${bits}`, {
    bits,
    data: login,
    flags: ['--scope', 'namespace-wide'],
    becomes: { annotations: namespaceWide },
  }),
  interopCase(`namespace-wide by annotation, RSA-${bits}`, {
    bits,
    data: login,
    metadata: { annotations: namespaceWide },
  }),
  interopCase(`cluster-wide by flag, RSA-${bits}`, {
    bits,
    data: login,
    flags: ['--scope', 'cluster-wide'],
    becomes: { annotations: clusterWide },
  }),
  interopCase(`cluster-wide by annotation, RSA-${bits}`, { bits, data: login, metadata: { annotations: clusterWide } }),
  interopCase(`an empty value, RSA-${bits}`, { bits, data: { empty: bytes('') } }),
]);

const oddScopes = [
  interopCase('both annotations: cluster-wide wins', {
    data: login,
    metadata: { annotations: { ...namespaceWide, ...clusterWide } },
  }),
  interopCase('an annotation that says "True" is strict', {
    data: login,
    metadata: { annotations: { [`${prefix}cluster-wide`]: 'True' } },
  }),
  interopCase('a flag replaces the wider annotation', {
    data: login,
    metadata: { annotations: clusterWide },
    flags: ['--scope', 'namespace-wide'],
    becomes: { annotations: namespaceWide },
  }),
  interopCase('an explicit strict removes the annotation', {
    data: login,
    metadata: { annotations: { ...namespaceWide, note: 'kept' } },
    flags: ['--scope', 'strict'],
    becomes: { annotations: { note: 'kept' } },
    sealedAlike: false,
  }),
  interopCase('cluster-wide without a namespace', {
    data: login,
    namespace: undefined,
    metadata: { annotations: clusterWide },
  }),
];

const sizes = [
  ...[1, 15, 16, 17, 4096, 65_536, 700 * 1024].map((length) =>
    interopCase(`a value of ${length} bytes`, { data: { blob: filler(length) } }),
  ),
  interopCase('the most that a Secret can hold', { data: { blob: filler(1024 * 1024) }, bits: 2048 }),
  interopCase('the most that a Secret can hold, in four items of JSON', {
    data: Object.fromEntries(['a', 'b', 'c', 'd'].map((item) => [item, filler(256 * 1024)])),
    format: 'json',
  }),
];

const contents = [
  interopCase('UTF-8 of every length, in data', { data: { text: bytes('Grüße, 世界, 🗝️, \u0000 and \u{10ffff}') } }),
  interopCase('UTF-8 of every length, in stringData', { stringData: { text: 'Grüße, 世界, 🗝️ and \u{10fffd}' } }),
  interopCase('NUL bytes', { data: { nul: Uint8Array.of(0), many: new Uint8Array(300) } }),
  interopCase('all byte values, forwards and backwards', {
    data: { up: everyByte, down: Uint8Array.from(everyByte).reverse() },
  }),
  interopCase('bytes that are not UTF-8', { data: { bad: Uint8Array.of(0xff, 0xfe, 0xc0, 0x80, 0xed, 0xa0, 0x80) } }),
  interopCase('a byte order mark', { data: { bom: Uint8Array.of(0xef, 0xbb, 0xbf, 0x61) } }),
  interopCase('CRLF and lone CR, in data', { data: { text: bytes('a\r\nb\rc\r\n') } }),
  interopCase('CRLF and lone CR, in stringData of JSON', { stringData: { text: 'a\r\nb\rc\r\n' }, format: 'json' }),
  interopCase('trailing newlines', { stringData: { none: 'a', one: 'a\n', three: 'a\n\n\n' } }),
  interopCase('leading and trailing blanks and tabs', { stringData: { text: '  \ta \t ' } }),
  interopCase('text that YAML would take for something else', {
    stringData: { yes: 'yes', number: '0123', exponent: '1e3', nothing: 'null', tilde: '~', date: '2026-11-21' },
  }),
  interopCase('text that looks like a template', { stringData: { text: '{{ .password }} {{/* not rendered */}}' } }),
  interopCase('text that looks like base64, and base64 of it', { stringData: { once: 'YWRtaW4=' }, format: 'json' }),
  interopCase('characters that JSON escapes', { stringData: { text: '<>&"\\/\u2028\u2029\u007f' }, format: 'json' }),
  interopCase('one line of 20,000 characters', { stringData: { text: 'x'.repeat(20_000) } }),
];

const items = [
  interopCase('200 items', {
    data: Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`item-${i}`, bytes(`value ${i}`)])),
    bits: 2048,
  }),
  interopCase('item names of every allowed character', {
    data: { 'tls.crt': bytes('a'), '.dockercfg': bytes('b'), 'a-b_c.D': bytes('c'), '0': bytes('d'), _: bytes('e') },
  }),
  interopCase('an item name of 253 characters', { data: { ['k'.repeat(253)]: bytes('a') } }),
  interopCase('item names that YAML would take for something else', {
    stringData: { true: 'a', null: 'b', '1': 'c', '1.5': 'd' },
  }),
  interopCase('no item at all, when asked for', { flags: ['--allow-empty-data'] }),
];

const longName = `${'a'.repeat(60)}.`.repeat(4) + 'b'.repeat(9);

const names = [
  interopCase('the longest name and namespace', { name: longName, namespace: 'n'.repeat(63), data: login }),
  interopCase('names of digits and dots', { name: '0.1.2', namespace: '42', data: login }),
  interopCase('a name by flag', { data: login, flags: ['--name', 'other'], becomes: { name: 'other' } }),
  interopCase('a namespace by flag', {
    data: login,
    namespace: undefined,
    flags: ['--namespace', 'elsewhere'],
    becomes: { namespace: 'elsewhere' },
  }),
  interopCase('the same namespace by flag too', { data: login, flags: ['-n', 'shop'] }),
];

const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

const types = [
  interopCase('type kubernetes.io/tls', {
    type: 'kubernetes.io/tls',
    stringData: { 'tls.crt': pem, 'tls.key': pem.replaceAll('CERTIFICATE', 'PRIVATE KEY') },
  }),
  interopCase('type kubernetes.io/dockerconfigjson', {
    type: 'kubernetes.io/dockerconfigjson',
    stringData: { '.dockerconfigjson': '{"auths":{"registry.example.com":{"auth":"YTpi"}}}' },
  }),
  interopCase('type kubernetes.io/dockercfg', { type: 'kubernetes.io/dockercfg', stringData: { '.dockercfg': '{}' } }),
  interopCase('type kubernetes.io/basic-auth', { type: 'kubernetes.io/basic-auth', data: login }),
  interopCase('type kubernetes.io/ssh-auth', { type: 'kubernetes.io/ssh-auth', stringData: { 'ssh-privatekey': pem } }),
  interopCase('type Opaque', { type: 'Opaque', data: login }),
  interopCase('type of a team', { type: 'example.com/license', data: login }),
  interopCase('type helm.sh/release.v1', { type: 'helm.sh/release.v1', data: { release: filler(3000) } }),
];

const metadata = [
  interopCase('labels and annotations', {
    data: login,
    metadata: {
      labels: { app: 'db', 'app.kubernetes.io/part-of': 'shop', empty: '' },
      annotations: { 'example.com/note': 'two\nlines, Grüße', number: '007' },
    },
  }),
  interopCase('managed and patch go to the Secret', {
    data: login,
    metadata: { annotations: { [`${prefix}managed`]: 'true', [`${prefix}patch`]: 'true' } },
  }),
  interopCase('what kubectl apply remembers is left out', {
    data: login,
    metadata: { annotations: { note: 'kept' } },
    noise: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"password":"cGxhaW4="}}' } },
  }),
  interopCase('what the API server fills in is left out', {
    data: login,
    noise: {
      uid: '5f0c8f6e-8a59-4f0c-9d3c-0d6a7a1f7c11',
      resourceVersion: '12345',
      generation: 3,
      creationTimestamp: '2026-11-21T10:00:00Z',
      selfLink: '/api/v1/namespaces/shop/secrets/db',
    },
  }),
  interopCase('finalizers', { data: login, metadata: { finalizers: ['example.com/keep'] } }),
  interopCase('immutable', { data: login, immutable: true }),
  interopCase('immutable: false', { data: login, immutable: false }),
];

/** `YWRtaW4=` is `admin`. */
const foldedYaml = `# the database
apiVersion: v1
kind: Secret
metadata: {name: "db", namespace: 'shop'}   # flow style
data:
  username: |
    YWRt
    aW4=
  plain: YWRtaW4=
`;

const anchorsYaml = `apiVersion: v1
kind: Secret
metadata:
  name: &name db
  namespace: shop
  labels: {app: *name}
stringData:
  folded: >-
    two words
    on one line
  literal: |
    kept
      as it is
  quoted: "tab\\tand \\u00e4"
`;

const forms = [
  interopCase('stringData wins over data', {
    data: { both: bytes('from data'), only: bytes('data') },
    stringData: { both: 'from stringData' },
  }),
  interopCase('stringData wins over data in JSON', {
    data: { both: bytes('from data') },
    stringData: { both: '' },
    format: 'json',
  }),
  interopCase('base64 over several lines', {
    text: foldedYaml,
    data: { username: bytes('admin'), plain: bytes('admin') },
  }),
  interopCase('anchors, folded and quoted text', {
    text: anchorsYaml,
    metadata: { labels: { app: 'db' } },
    stringData: { folded: 'two words on one line', literal: 'kept\n  as it is\n', quoted: 'tab\tand ä' },
  }),
  interopCase('Windows line ends', {
    text: anchorsYaml.replaceAll('\n', '\r\n'),
    metadata: { labels: { app: 'db' } },
    stringData: { folded: 'two words on one line', literal: 'kept\n  as it is\n', quoted: 'tab\tand ä' },
  }),
  interopCase('JSON on one line', {
    text: '{"kind":"Secret","apiVersion":"v1","metadata":{"name":"db","namespace":"shop"},"data":{"a":"\\u0059Q=="}}',
    format: 'json',
    data: { a: bytes('a') },
  }),
  interopCase('YAML with a document start and end', {
    text: `---\n${foldedYaml}...\n`,
    data: { username: bytes('admin'), plain: bytes('admin') },
  }),
];

/** All of them. */
export const interopMatrix: readonly InteropCase[] = [
  ...scopes,
  ...oddScopes,
  ...sizes,
  ...contents,
  ...items,
  ...names,
  ...types,
  ...metadata,
  ...forms,
];
