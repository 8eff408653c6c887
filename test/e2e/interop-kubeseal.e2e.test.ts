// `seal kubeseal` beside the real kubeseal: the same call gives the same exit code, streams and manifest.
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { interopMatrix } from './support/interop-matrix.ts';
import { type CallOptions, quietly, Workshop } from './support/interop-workshop.ts';
import { describeOnCluster, hostAddress, itBehindProxy, type Result } from './support/real.ts';

const vectors = fileURLToPath(new URL('../vectors', import.meta.url));

const secret = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'db', namespace: 'shop', labels: { app: 'db', 'a-first': '<&>' }, annotations: { number: '007' } },
  type: 'Opaque',
  data: { password: 'czNjcmV0', empty: '' },
  stringData: { username: 'admin' },
};
const json = JSON.stringify(secret);
const without = (field: 'name' | 'namespace') =>
  JSON.stringify({ ...secret, metadata: { ...secret.metadata, [field]: undefined } });

/** YAML in which nothing is quoted. */
const loose = `x-common: {a: b}
metadata: {name: 7, namespace: shop, labels: {of: 1}, annotations: {sealedsecrets.bitnami.com/cluster-wide: true, none: }}
stringData: {port: 5432, ratio: 0.5, less: -1, is: false, nothing: }
status: {}
`;

/** One call of both tools. */
interface Invocation {
  title: string;
  args: string[];
  input?: string | Uint8Array;
  env?: Record<string, string>;
  /** The kubeconfig, a file of the folder. */
  kubeconfig?: string;
  /** The file that it writes, compared too. */
  writes?: string;
  /** The file that each tool merges into a copy of. */
  into?: string;
  /** Exit code of both: the table says what is expected, so that two equal faults do not pass. */
  code: 0 | 1 | 2;
}

/** Arguments name files of the folder that the calls run in. */
const cert = ['--cert', '4096.crt'];
const place = [...cert, '--raw', '-n', 'shop', '--name', 'db'];
const recover = ['--recovery-unseal', '--recovery-private-key'];

const sealing: Invocation[] = [
  { title: 'JSON by default', args: cert, input: json, code: 0 },
  { title: 'YAML', args: [...cert, '-o', 'yaml'], input: json, code: 0 },
  { title: 'a format in capitals', args: [...cert, '--format=YAML'], input: json, code: 0 },
  { title: 'a Secret from a file', args: [...cert, '-f', 'secret.json'], code: 0 },
  { title: 'into a file', args: [...cert, '-w', 'out.json'], input: json, writes: 'out.json', code: 0 },
  {
    title: 'into a file of YAML by its name',
    args: [...cert, '-w', 'out.yaml'],
    input: json,
    writes: 'out.yaml',
    code: 0,
  },
  {
    title: 'into a file .yml',
    args: [...cert, '-o', 'json', '-w', 'out.yml'],
    input: json,
    writes: 'out.yml',
    code: 0,
  },
  { title: 'scope strict', args: [...cert, '--scope', 'strict'], input: json, code: 0 },
  { title: 'scope namespace-wide', args: [...cert, '--scope', 'namespace-wide'], input: json, code: 0 },
  { title: 'scope cluster-wide', args: [...cert, '--scope=cluster-wide'], input: json, code: 0 },
  { title: 'scope that is empty', args: [...cert, '--scope', ''], input: json, code: 0 },
  { title: 'another name', args: [...cert, '--name', 'other'], input: json, code: 0 },
  { title: 'a name for one that has none', args: [...cert, '--name', 'other'], input: without('name'), code: 0 },
  { title: 'a namespace', args: [...cert, '-n', 'elsewhere'], input: without('namespace'), code: 0 },
  { title: 'the default namespace', args: cert, input: without('namespace'), kubeconfig: 'bare.yaml', code: 0 },
  {
    title: 'the namespace of the context',
    args: cert,
    input: without('namespace'),
    kubeconfig: 'context.yaml',
    code: 0,
  },
  {
    title: 'the namespace of another context',
    args: [...cert, '--kubeconfig', 'context.yaml', '--context', 'second'],
    input: without('namespace'),
    code: 0,
  },
  {
    title: 'cluster-wide, and no namespace is made up',
    args: [...cert, '--scope', 'cluster-wide'],
    input: without('namespace'),
    code: 0,
  },
  { title: 'no data, when allowed', args: [...cert, '--allow-empty-data'], input: withoutData(), code: 0 },
  { title: 'several documents', args: [...cert, '-o', 'yaml'], input: `${json}\n---\n${json}\n`, code: 0 },
  { title: 'several documents as JSON', args: cert, input: `---\n${json}\n---\n${json}\n`, code: 0 },
  { title: 'an empty document after the last', args: cert, input: `${loose}---\n`, code: 0 },
  { title: 'empty documents before the first', args: cert, input: `# chart\n---\nnull\n---\n${loose}`, code: 0 },
  { title: 'numbers and booleans for text', args: cert, input: loose, code: 0 },
  { title: 'arguments that are ignored', args: [...cert, 'ignored.yaml', 'too'], input: json, code: 0 },
  { title: 'flags of klog', args: [...cert, '-v', '2', '--logtostderr'], input: json, code: 0 },
  { title: 'a certificate as file URL', args: ['--cert', 'FILE_URL'], input: json, code: 0 },
  { title: 'a certificate from a web server', args: ['--cert', 'HTTP_URL/cert.pem'], input: json, code: 0 },
  {
    title: 'flags by environment',
    args: [],
    env: { SEALED_SECRETS_CERT: '4096.crt', SEALED_SECRETS_SCOPE: 'cluster-wide' },
    input: json,
    code: 0,
  },
  {
    title: 'a flag wins over the environment',
    args: [...cert, '-o', 'json'],
    env: { SEALED_SECRETS_CERT: 'missing.crt', SEALED_SECRETS_FORMAT: 'yaml' },
    input: json,
    code: 0,
  },
  {
    title: 'nonsense in the environment',
    args: cert,
    env: { SEALED_SECRETS_ALLOW_EMPTY_DATA: 'perhaps', SEALED_SECRETS_SCOPE: 'galaxy' },
    input: json,
    code: 0,
  },
];

const others: Invocation[] = [
  { title: 'raw, strict', args: place, input: 's3cret\n', code: 0 },
  {
    title: 'raw, in the default namespace',
    args: [...cert, '--raw', '--name', 'db'],
    input: 's3cret',
    kubeconfig: 'bare.yaml',
    code: 0,
  },
  {
    title: 'raw, namespace-wide',
    args: [...cert, '--raw', '-n', 'shop', '--scope', 'namespace-wide'],
    input: 'a',
    code: 0,
  },
  { title: 'raw, cluster-wide', args: [...cert, '--raw', '--scope', 'cluster-wide'], input: 'a', code: 0 },
  { title: 'raw, nothing', args: [...cert, '--raw', '--scope', 'cluster-wide'], input: '', code: 0 },
  {
    title: 'raw, bytes',
    args: [...cert, '--raw', '--scope', 'cluster-wide'],
    input: Uint8Array.of(0, 255, 10),
    code: 0,
  },
  { title: 'raw, from a file', args: [...place, '--from-file', 'secret.json'], code: 0 },
  {
    title: 'raw, from a file with a key',
    args: [...place, '--from-file', 'k=secret.json'],
    code: 0,
  },
  {
    title: 'raw, into a file',
    args: [...place, '-w', 'raw.txt'],
    input: 'a',
    writes: 'raw.txt',
    code: 0,
  },
  { title: 'the certificate of a file', args: [...cert, '--fetch-cert'], code: 0 },
  {
    title: 'the certificate into a file',
    args: [...cert, '--fetch-cert', '-w', 'cert.pem'],
    writes: 'cert.pem',
    code: 0,
  },
  { title: 'the certificate, whatever the format', args: [...cert, '--fetch-cert', '-o', 'xml'], code: 0 },
  { title: 'raw, whatever the format', args: [...place, '-o', 'xml'], input: 'a', code: 0 },
  { title: 'raw, with a file that is not read', args: [...place, '-f', 'secret.json'], input: 'a', code: 0 },
  {
    title: 'raw by environment',
    args: cert,
    env: { SEALED_SECRETS_RAW: 'true', SEALED_SECRETS_NAME: 'db', SEALED_SECRETS_NAMESPACE: 'shop' },
    input: 'a',
    code: 0,
  },
  {
    title: 'recovery with a key by environment and one by flag',
    args: [...recover, '4096.pem', '-f', 'sealed.json'],
    env: { SEALED_SECRETS_RECOVERY_PRIVATE_KEY: '2048.pem' },
    code: 0,
  },
  {
    title: 'recovery with keys by environment',
    args: ['--recovery-unseal', '-f', 'sealed.json'],
    env: { SEALED_SECRETS_RECOVERY_PRIVATE_KEY: '2048.pem,4096.pem' },
    code: 0,
  },
  { title: 'recovery with a PEM key', args: [...recover, '4096.pem', '-f', 'sealed.json'], code: 0 },
  { title: 'recovery as YAML', args: [...recover, '4096.pem', '-f', 'sealed.json', '-o', 'yaml'], code: 0 },
  { title: 'recovery with a key Secret', args: [...recover, '4096.json', '-f', 'sealed.json'], code: 0 },
  {
    title: 'recovery with several keys',
    args: [...recover, '2048.pem,3072.json,4096.pem', '-f', 'sealed.json'],
    code: 0,
  },
  {
    title: 'recovery with a key a flag',
    args: [...recover, '2048.pem', recover[1] ?? '', '4096.pem', '-f', 'sealed.json'],
    code: 0,
  },
  { title: 'recovery with a List of keys', args: [...recover, 'keys.json', '-f', 'sealed.json'], code: 0 },
];

/** A Secret that is merged into another one's file. */
const more = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'another', namespace: 'elsewhere', labels: { tier: 'back' }, annotations: { team: 'blue' } },
  stringData: { 'new.item': 'fresh', password: 'rotated' },
};
const bare = JSON.stringify({ stringData: { token: 'x' } });
const wide = (scope: string) => ['--scope', scope];

/** `--merge-into` follows `args`, with a copy of the file `into`. */
const merging: Invocation[] = [
  { title: 'into JSON', args: [], into: 'strict.json', input: JSON.stringify(more), code: 0 },
  { title: 'into YAML', args: ['-o', 'yaml'], into: 'strict.yaml', input: JSON.stringify(more), code: 0 },
  { title: 'into YAML without saying so', args: [], into: 'strict.yaml', input: JSON.stringify(more), code: 0 },
  { title: 'from a file', args: ['-f', 'secret.json'], into: 'strict.json', code: 0 },
  { title: 'a Secret without a name', args: [], into: 'strict.json', input: bare, code: 0 },
  { title: 'a Secret without anything but an item', args: ['-o', 'yaml'], into: 'strict.yaml', input: bare, code: 0 },
  { title: 'into namespace-wide', args: wide('namespace-wide'), into: 'namespace-wide.json', input: bare, code: 0 },
  { title: 'into cluster-wide', args: wide('cluster-wide'), into: 'cluster-wide.json', input: bare, code: 0 },
  {
    title: 'into cluster-wide YAML',
    args: [...wide('cluster-wide'), '-o', 'yaml'],
    into: 'cluster-wide.yaml',
    input: bare,
    code: 0,
  },
  { title: 'the namespace of the file said again', args: ['-n', 'shop'], into: 'strict.json', input: bare, code: 0 },
  { title: 'a name, which does not matter', args: ['--name', 'other'], into: 'strict.json', input: bare, code: 0 },
  { title: 'before raw', args: ['--raw'], into: 'strict.json', input: bare, code: 0 },
  {
    title: 'labels alone',
    args: ['--allow-empty-data'],
    into: 'strict.json',
    input: JSON.stringify({ metadata: { labels: { tier: 'back' } } }),
    code: 0,
  },
  {
    title: 'binary values',
    args: [],
    into: 'strict.json',
    input: JSON.stringify({ data: { bytes: '/wD+', empty: '' } }),
    code: 0,
  },
  { title: 'nothing', args: [], into: 'strict.json', input: '', code: 1 },
  { title: 'a Secret without data', args: [], into: 'strict.json', input: withoutData(), code: 1 },
  { title: 'into another namespace', args: ['-n', 'elsewhere'], into: 'strict.json', input: bare, code: 1 },
  { title: 'as an unknown format', args: ['-o', 'xml'], into: 'strict.json', input: bare, code: 1 },
  { title: 'several Secrets', args: [], into: 'strict.json', input: `${bare}\n---\n${bare}\n`, code: 1 },
  { title: 'into a plain Secret', args: [], into: 'secret.json', input: bare, code: 1 },
  { title: 'into what is no manifest', args: [], into: '4096.crt', input: bare, code: 1 },
  { title: 'a Secret that is not there', args: ['-f', 'missing.json'], into: 'strict.json', code: 1 },
];

const mistakes: Invocation[] = [
  { title: 'merging into a file that is not there', args: [...cert, '--merge-into', 'missing'], input: bare, code: 1 },
  { title: 'an unknown flag', args: [...cert, '--certt', 'x'], input: json, code: 2 },
  { title: 'an unknown short flag', args: [...cert, '-x'], input: json, code: 2 },
  { title: 'a flag without its value', args: ['--cert'], input: json, code: 2 },
  { title: 'a switch with nonsense', args: [...cert, '--allow-empty-data=perhaps'], input: json, code: 2 },
  { title: 'a scope in capitals', args: [...cert, '--scope', 'STRICT'], input: json, code: 2 },
  { title: 'a log level that is none', args: [...cert, '--v', 'much'], input: json, code: 2 },
  { title: 'log levels of files that are none', args: [...cert, '--vmodule', 'x=='], input: json, code: 2 },
  { title: 'raw beside a file that is not there', args: [...place, '-f', 'missing'], input: 'a', code: 1 },
  {
    title: 'the certificate beside a file that is not there',
    args: [...cert, '--fetch-cert', '-f', 'missing'],
    code: 1,
  },
  { title: 'an unknown scope', args: [...cert, '--scope', 'galaxy'], input: json, code: 2 },
  { title: 'an unknown format', args: [...cert, '-o', 'xml'], input: json, code: 1 },
  { title: 'a certificate that is not there', args: ['--cert', 'missing.crt'], input: json, code: 1 },
  { title: 'a private key for a certificate', args: ['--cert', '4096.pem'], input: json, code: 1 },
  { title: 'an expired certificate', args: ['--cert', 'certs/expired.crt'], input: json, code: 1 },
  { title: 'a certificate that is no PEM', args: ['--cert', 'secret.json'], input: json, code: 1 },
  { title: 'a web server that says 404', args: ['--cert', 'HTTP_URL/missing'], input: json, code: 1 },
  { title: 'a Secret that is not there', args: [...cert, '-f', 'missing.json'], code: 1 },
  { title: 'no input', args: cert, input: '', code: 1 },
  { title: 'input that is no manifest', args: cert, input: 'just words', code: 1 },
  { title: 'input that is not YAML', args: cert, input: '{{ .Values.secret }}: [', code: 1 },
  { title: 'a Secret without a name', args: cert, input: without('name'), code: 1 },
  { title: 'a Secret without data', args: cert, input: withoutData(), code: 1 },
  { title: 'a List', args: cert, input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [secret] }), code: 1 },
  { title: 'another namespace than its own', args: [...cert, '-n', 'elsewhere'], input: json, code: 1 },
  { title: 'data that is not base64', args: cert, input: JSON.stringify({ ...secret, data: { a: '!' } }), code: 1 },
  { title: 'raw and strict without a name', args: [...cert, '--raw', '-n', 'shop'], input: 'a', code: 1 },
  {
    title: 'raw from two files',
    args: [...cert, '--raw', '--name', 'db', '--from-file', 'secret.json', '--from-file', '4096.crt'],
    code: 1,
  },
  {
    title: 'raw from a file that is not there',
    args: [...cert, '--raw', '--name', 'db', '--from-file', 'missing'],
    code: 1,
  },
  { title: '--from-file without --raw', args: [...cert, '--from-file', 'secret.json'], input: json, code: 1 },
  { title: 'recovery without a key', args: ['--recovery-unseal', '-f', 'sealed.json'], code: 1 },
  { title: 'recovery with the wrong key', args: [...recover, '2048.pem', '-f', 'sealed.json'], code: 1 },
  { title: 'recovery with a key that is not there', args: [...recover, 'missing.pem', '-f', 'sealed.json'], code: 1 },
  { title: 'recovery of a Secret', args: [...recover, '4096.pem', '-f', 'secret.json'], code: 1 },
  { title: 'a folder that is not there', args: [...cert, '-w', 'missing/out.json'], input: json, code: 1 },
  { title: 'a cluster that is down', args: ['--fetch-cert', '--kubeconfig', 'context.yaml'], code: 1 },
  { title: 'sealing with a cluster that is down', args: ['--kubeconfig', 'context.yaml'], input: json, code: 1 },
  {
    title: 'a context that is not there',
    args: ['--fetch-cert', '--kubeconfig', 'context.yaml', '--context', 'third'],
    code: 1,
  },
  { title: 'a kubeconfig that is not there', args: ['--fetch-cert', '--kubeconfig', 'missing.yaml'], code: 1 },
];

function withoutData(): string {
  return JSON.stringify({ ...secret, data: undefined, stringData: undefined });
}

/** Sealed text is never the same twice, but of the same length. */
const masked = (text: string) => text.replace(/A[A-Za-z0-9+/]{300,}={0,2}/g, (sealed) => `<${sealed.length} sealed>`);

/** The objects of an output, sealed text masked; other output as it is. */
function objectsIn(output: string): unknown {
  const text = masked(output);
  const isManifest = /^(\{|---\n)/.test(text);
  if (!isManifest) return text;
  // JSON objects stand one after another with nothing between them.
  return parseAllDocuments(text.replaceAll('}\n{', '}\n---\n{'), { version: '1.1' }).map((one) => plainly(one.toJS()));
}

/** A recovered Secret without what only the reference writes: an owner without uid, and null for a value without bytes. */
function plainly({ metadata, data, ...rest }: Record<string, unknown>): unknown {
  if (rest.kind !== 'Secret') return { metadata, data, ...rest };
  const { ownerReferences: _, ...place } = metadata as Record<string, unknown>;
  const values = Object.entries(data ?? {}).map(([item, value]) => [item, value ?? '']);
  return { ...rest, metadata: place, data: Object.fromEntries(values) };
}

/** The kubeconfig of a cluster at a port where nothing listens. */
const contexts = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Config',
  'current-context': 'first',
  clusters: [{ name: 'down', cluster: { server: 'http://127.0.0.1:1' } }],
  users: [{ name: 'nobody', user: {} }],
  contexts: [
    { name: 'first', context: { cluster: 'down', user: 'nobody', namespace: 'first-namespace' } },
    { name: 'second', context: { cluster: 'down', user: 'nobody', namespace: 'second-namespace' } },
  ],
});

describeOnCluster('seal kubeseal', (cluster) => {
  const workshop = new Workshop();
  let server: Server;

  beforeAll(async () => {
    await workshop.makeKeys();
    cpSync(`${vectors}/certs`, workshop.path('certs'), { recursive: true });
    writeFileSync(workshop.path('secret.json'), json);
    writeFileSync(workshop.path('context.yaml'), contexts);
    writeFileSync(workshop.path('bare.yaml'), contexts.replace('"first-namespace"', '""'));
    const keys = [2048, 4096].map((bits) => JSON.parse(readFileSync(workshop.path(`${bits}.json`), 'utf8')));
    writeFileSync(workshop.path('keys.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items: keys }));
    writeFileSync(workshop.path('sealed.json'), quietly(await workshop.kubeseal(cert, { input: json })));
    for (const scope of ['strict', 'namespace-wide', 'cluster-wide']) {
      for (const format of ['json', 'yaml']) {
        const sealed = await workshop.kubeseal([...cert, '--scope', scope, '-o', format], { input: json });
        writeFileSync(workshop.path(`${scope}.${format}`), quietly(sealed));
      }
    }
    server = createServer((request, response) => {
      const found = request.url === '/cert.pem';
      response.writeHead(found ? 200 : 404).end(found ? readFileSync(workshop.path('4096.crt')) : 'not here');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });

  afterAll(() => {
    server.close();
    workshop.remove();
  });

  /** What one tool did: everything that a script could notice. */
  interface Deed {
    code: number | null;
    /** Standard output: objects where it is a manifest. */
    result: unknown;
    /** Standard output, sealed text masked. */
    text: string;
    complains: boolean;
    /** The content of the file that was asked for. */
    written: unknown;
  }

  async function deed(call: Promise<Result>, writes: string | undefined): Promise<Deed> {
    const { code, stdout, stderr, timedOut } = await call;
    expect(timedOut, 'ran out of time').toBe(false);
    const file = writes && workshop.path(writes);
    const written = file && existsSync(file) ? readFileSync(file, 'utf8') : undefined;
    return {
      code,
      result: objectsIn(stdout),
      text: masked(stdout),
      complains: stderr !== '',
      written: written && objectsIn(written),
    };
  }

  async function both({ args, writes, code: _, title: __, kubeconfig, ...options }: Invocation) {
    const { port } = server.address() as AddressInfo;
    const places = { FILE_URL: pathToFileURL(workshop.path('4096.crt')).href, HTTP_URL: `http://127.0.0.1:${port}` };
    const replaced = args.map((arg) => arg.replace(/FILE_URL|HTTP_URL/, (word) => places[word as keyof typeof places]));
    const call: CallOptions = { ...options, ...(kubeconfig ? { kubeconfig: workshop.path(kubeconfig) } : {}) };
    const theirs = await deed(workshop.kubeseal(replaced, call), writes);
    const ours = await deed(workshop.seal(['kubeseal', ...replaced], call), writes);
    return { theirs, ours };
  }

  it.each([...sealing, ...others].map((one) => [one.title, one] as const))('%s', async (_, one) => {
    const { theirs, ours } = await both(one);
    expect(theirs.code).toBe(one.code);
    const { text, ...rest } = theirs;
    expect(ours).toMatchObject({ ...rest, complains: one.title === 'arguments that are ignored' });
    // As JSON, sealing prints the very same text.
    if (text.startsWith('{\n  "kind": "SealedSecret"') || !text.includes('kind')) expect(ours.text).toBe(text);
  });

  it.each(mistakes.map((one) => [one.title, one] as const))('mistake: %s', async (_, one) => {
    const { theirs, ours } = await both(one);
    const outcome = { code: one.code, complains: true, written: undefined };
    expect(theirs).toMatchObject(outcome);
    expect(ours).toEqual({ ...outcome, result: '', text: '' });
  });

  /** Each tool merges into a copy of its own, and what came of it is opened by the real kubeseal. */
  async function merged({ args, into = '', code, input }: Invocation) {
    const run = async (name: string, tool: (args: string[]) => Promise<Result>) => {
      const file = `${name}-${into}`;
      cpSync(workshop.path(into), workshop.path(file));
      const done = await deed(tool([...cert, ...args, '--merge-into', file]), file);
      const open = async () => quietly(await workshop.kubeseal([...recover, '4096.pem', '-f', file]));
      return {
        ...done,
        opened: code === 0 ? objectsIn(await open()) : undefined,
        content: readFileSync(workshop.path(file)),
      };
    };
    const call: CallOptions = input === undefined ? {} : { input };
    return {
      before: readFileSync(workshop.path(into)),
      theirs: await run('theirs', (all) => workshop.kubeseal(all, call)),
      ours: await run('ours', (all) => workshop.seal(['kubeseal', ...all], call)),
    };
  }

  it.each(merging.map((one) => [one.title, one] as const))('merging: %s', async (_, one) => {
    const { before, theirs, ours } = await merged(one);
    expect(theirs).toMatchObject({ code: one.code, text: '', complains: one.code !== 0 });
    expect(ours).toEqual({ ...theirs, content: ours.content });
    if (one.code === 0) expect(ours.opened).toBeDefined();
    else expect(ours.content).toEqual(before);
  });

  describe('merging, where the reference has a fault', () => {
    const input = JSON.stringify(more);
    const kept = (name: string) => readFileSync(workshop.path(name), 'utf8');

    it('takes the scope of the file, where the reference makes an item that never opens', async () => {
      const args = ['--merge-into'];
      for (const [name, tool] of [
        ['theirs.json', (all: string[]) => workshop.kubeseal(all, { input: bare })],
        ['ours.json', (all: string[]) => workshop.seal(['kubeseal', ...all], { input: bare })],
      ] as const) {
        cpSync(workshop.path('cluster-wide.json'), workshop.path(name));
        quietly(await tool([...cert, ...args, name]));
      }
      expect((await workshop.kubeseal([...recover, '4096.pem', '-f', 'theirs.json'])).code).toBe(1);
      expect(quietly(await workshop.kubeseal([...recover, '4096.pem', '-f', 'ours.json']))).toContain('"token"');
    });

    it('changes no byte but those of the items, and keeps YAML as YAML', async () => {
      const commented = `# mine\n${kept('strict.yaml').replace('spec:', 'spec: # what is sealed')}`;
      writeFileSync(workshop.path('commented.yaml'), commented);
      const merge = ['kubeseal', ...cert, '--merge-into', 'commented.yaml'];
      quietly(await workshop.seal(merge, { input: JSON.stringify({ stringData: { token: 'x' } }) }));
      expect(kept('commented.yaml').replace(/\n {4}token: .*/, '')).toBe(commented);
    });

    it('begins labels and annotations where there are none, where the reference crashes', async () => {
      const { metadata, ...values } = more;
      const plain = JSON.stringify({ ...values, metadata: { name: 'db', namespace: 'shop' } });
      const sealed = await workshop.kubeseal(cert, { input: plain });
      for (const name of ['theirs.json', 'ours.json']) writeFileSync(workshop.path(name), quietly(sealed));
      expect((await workshop.kubeseal([...cert, '--merge-into', 'theirs.json'], { input })).code).toBe(2);
      quietly(await workshop.seal(['kubeseal', ...cert, '--merge-into', 'ours.json'], { input }));
      const [opened] = objectsIn(quietly(await workshop.kubeseal([...recover, '4096.pem', '-f', 'ours.json']))) as [
        object,
      ];
      expect(opened).toMatchObject({ metadata: { labels: metadata.labels, annotations: metadata.annotations } });
    });

    it('refuses several Secrets as YAML too, where the reference takes the first and says nothing', async () => {
      const several = `${bare}\n---\n${bare}\n`;
      cpSync(workshop.path('strict.yaml'), workshop.path('ours.yaml'));
      const merge = [...cert, '-o', 'yaml', '--merge-into', 'ours.yaml'];
      expect((await workshop.seal(['kubeseal', ...merge], { input: several })).code).toBe(1);
      expect(kept('ours.yaml')).toBe(kept('strict.yaml'));
      expect((await workshop.kubeseal(merge, { input: several })).code).toBe(0);
    });

    it('writes no empty file for -w', async () => {
      cpSync(workshop.path('strict.json'), workshop.path('ours.json'));
      const merge = [...cert, '--merge-into', 'ours.json', '-w', 'empty.json'];
      expect((await workshop.seal(['kubeseal', ...merge], { input: bare })).code).toBe(0);
      expect(existsSync(workshop.path('empty.json'))).toBe(false);
      expect(kept('ours.json')).toContain('"token"');
    });
  });

  // Each is a decision of ours; a script that relied on the reference here relied on a fault.
  it('fails whole where one document of several fails, and prints nothing of the others', async () => {
    const input = `${json}\n---\n${without('name')}\n`;
    const { theirs, ours } = await both({ title: '', args: cert, input, code: 1 });
    expect(theirs.code).toBe(1);
    expect(ours).toMatchObject({ code: 1, text: '', complains: true });
  });

  it('never spins on truncated input', async () => {
    const input = json.slice(0, -20);
    expect(await workshop.seal(['kubeseal', ...cert], { input })).toMatchObject({
      code: 1,
      stdout: '',
      timedOut: false,
    });
  });

  it('leaves no half-written file behind where a folder is missing', async () => {
    const { theirs, ours } = await both({ title: '', args: [...cert, '-w', 'missing/out.json'], input: json, code: 1 });
    expect([theirs.code, ours.code]).toEqual([1, 1]);
    expect(readdirSync(workshop.folder).filter((name) => name.includes('out.json.') || name === 'missing')).toEqual([]);
  });

  it('gives the objects of the whole matrix as kubeseal does, but for the sealed text', async () => {
    for (const { bits, text, format, flags, sealedAlike, title } of interopMatrix) {
      if (!sealedAlike || text.length > 100_000) continue;
      const args = ['--cert', `${bits}.crt`, '-o', format, ...flags];
      const { theirs, ours } = await both({ title, args, input: text, code: 0 });
      expect(theirs, title).toMatchObject({ code: 0, complains: false });
      expect(ours.result, title).toEqual(theirs.result);
      expect(ours, title).toMatchObject({ code: 0, complains: false });
      if (format === 'json') expect(ours.text, title).toBe(theirs.text);
    }
  });

  it('says which version it stands for', async () => {
    const theirs = quietly(await workshop.kubeseal(['--version'])).trim();
    const ours = quietly(await workshop.seal(['kubeseal', '--version'])).trim();
    expect(ours.startsWith(theirs)).toBe(true);
  });

  it('has every flag of kubeseal', async () => {
    const theirs = (await workshop.kubeseal(['--help'])).stdout;
    const flags = [...theirs.matchAll(/^ {2,6}(?:-\w, )?--([a-z-_]+)/gm)].map(([, flag]) => flag ?? '');
    expect(flags.length).toBeGreaterThan(40);
    const given = flags.map((flag) => `--${flag}=${flag === 'scope' ? 'strict' : 'true'}`);
    expect(quietly(await workshop.seal(['kubeseal', ...given]))).toContain('Usage');
  });

  itBehindProxy('fetches the certificate from the cluster', async () => {
    const namespace = await cluster.freshNamespace('sealing');
    const service = { metadata: { name: 'sealer' }, spec: { ports: [{ name: 'web', port: 8080 }] } };
    expect((await cluster.api('POST', `/api/v1/namespaces/${namespace}/services`, { body: service })).status).toBe(201);
    const certificate = readFileSync(workshop.path('4096.crt'), 'utf8');
    const controller = createServer((_, response) => response.end(certificate));
    await new Promise<void>((resolve) => controller.listen(0, hostAddress(), resolve));
    const { port } = controller.address() as AddressInfo;
    const behind = { namespace, service: 'sealer', portName: 'web', address: hostAddress() ?? '', port };
    const undo = await cluster.serveBehind(behind);
    try {
      const where = [
        '--controller-namespace',
        namespace,
        '--controller-name',
        'sealer',
        '--kubeconfig',
        cluster.kubeconfig,
      ];
      const fetched = await both({ title: '', args: ['--fetch-cert', ...where], code: 0 });
      expect(fetched.theirs).toMatchObject({ code: 0, text: masked(certificate), complains: false });
      expect(fetched.ours).toEqual(fetched.theirs);
      const sealed = await both({ title: '', args: where, input: json, code: 0 });
      expect(sealed.theirs.code).toBe(0);
      expect(sealed.ours).toEqual(sealed.theirs);
      const absent = ['--fetch-cert', '--controller-name', 'nobody', ...where.slice(0, 2), ...where.slice(4)];
      const refused = await both({ title: '', args: absent, code: 1 });
      expect(refused.theirs).toMatchObject({ code: 1, text: '', complains: true });
      expect(refused.ours).toEqual(refused.theirs);
    } finally {
      await undo();
      await new Promise((resolve) => controller.close(resolve));
    }
  });
});
