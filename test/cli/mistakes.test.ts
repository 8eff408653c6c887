// Everyday mistakes: each gives one clear line, the right exit code, nothing on standard output and no changed file.

import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { StagedFiles } from '../../cli/staged-files.ts';
import { type CallOptions, Folder } from './harness.ts';

const secret = (fields: string) => `apiVersion: v1\nkind: Secret\n${fields}`;
const good = secret('metadata: {name: db, namespace: shop}\nstringData: {password: hunter2hunter2}\n');
const value = 'hunter2hunter2';
const sealed =
  'apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: db, namespace: shop}\nspec:\n  encryptedData: {password: AgB}\n';
const withCert = ['--cert', 'certs/rsa2048.crt'];

interface Mistake {
  what: string;
  argv: readonly string[];
  code: 1 | 2 | 4;
  /** What the one line says. */
  says: RegExp;
  stdin?: string | Uint8Array;
  files?: Record<string, string | Uint8Array>;
  options?: CallOptions;
  prepare?: (folder: Folder) => void;
}

const mistakes: Mistake[] = [
  {
    what: 'not YAML',
    argv: withCert,
    stdin: `kind: Secret\n  data: [${value}\n`,
    code: 1,
    says: /standard input:\d+:\d+: not valid YAML/,
  },
  {
    what: 'several documents with mistakes: the first is told',
    argv: withCert,
    stdin: [good, good.replace('shop', 'Shop'), `kind: Secret\ndata: [${value}\n`].join('---\n'),
    code: 1,
    says: /standard input:6: .*Shop/,
  },
  ...['set', 'edit'].map(
    (name): Mistake => ({
      what: `seal ${name} on a file that is not there`,
      argv: [name, 'none.yaml', ...(name === 'edit' ? [] : ['key'])],
      options: { env: { EDITOR: 'true' } },
      code: 1,
      says: /^seal: no such file: none\.yaml\nhint: to begin it: seal create NAME --prompt KEY -w none\.yaml\n$/,
    }),
  ),
  {
    what: 'unset in a file that is not there, which would be begun in vain',
    argv: ['unset', 'none.yaml', 'key'],
    code: 1,
    says: /^seal: no such file: none\.yaml\n$/,
  },
  {
    what: 'set of a file without its ending',
    argv: ['set', 'db', 'password', ...withCert],
    files: { 'db.yaml': sealed },
    code: 1,
    says: /^seal: no such file: db\nhint: did you mean db\.yaml\?\n$/,
  },
  {
    what: 'a file that is like another only in its ending',
    argv: ['set', 'db.yaml', 'password', ...withCert],
    files: { 'cm.yaml': sealed },
    code: 1,
    says: /^seal: no such file: db\.yaml\nhint: to begin it: /,
  },
  ...['set', 'unset'].flatMap((name): Mistake[] => [
    {
      what: `seal ${name} with the item before the file`,
      argv: [name, 'password', 'a.yaml'],
      files: { 'a.yaml': sealed },
      code: 2,
      says: new RegExp(`^seal: the file comes first, then the items\nhint: seal ${name} a\\.yaml KEY\n$`),
    },
    {
      what: `seal ${name} with a value before the file`,
      argv: [name, `password=${value}`, 'a.yaml'],
      files: { 'a.yaml': sealed },
      code: 2,
      says: /the file comes first/,
    },
  ]),
  {
    what: 'unset of an item with its value',
    argv: ['unset', 'a.yaml', `password=${value}`],
    files: { 'a.yaml': sealed },
    code: 2,
    says: /^seal: an item is removed by its name alone, without a value\nhint: seal unset a\.yaml KEY\n$/,
  },
  ...['set', 'unset', 'edit'].map(
    (name): Mistake => ({
      what: `seal ${name} of a file that the shell has emptied`,
      argv: [name, 'a.yaml', ...(name === 'edit' ? [] : ['password'])],
      files: { 'a.yaml': '' },
      options: { env: { EDITOR: 'true' } },
      code: 1,
      says: /^seal: a\.yaml is empty\nhint: the shell empties the file that > names/,
    }),
  ),
  {
    what: 'a kubeconfig of somebody in the place of the one that seal dev writes',
    argv: ['dev', '--write-kubeconfig', 'config'],
    files: { config: kubeconfig('https://prod.example') },
    code: 1,
    says: /^seal: config is there already, and seal dev did not write it\nhint: .*--write-kubeconfig dev\.kubeconfig\n$/,
  },
  {
    what: 'a manifest in the place of the kubeconfig that seal dev writes',
    argv: ['dev', '--write-kubeconfig', 'a.yaml'],
    files: { 'a.yaml': sealed },
    code: 1,
    says: /^seal: a\.yaml is there already/,
  },
  {
    what: 'a manifest in place of the folder of seal dev',
    argv: ['dev', './a.yaml'],
    files: { 'a.yaml': sealed },
    code: 1,
    says: /^seal: \.\/a\.yaml is a file, and seal dev takes a folder\nhint: seal dev \.\n$/,
  },
  {
    what: 'a folder in place of the file to create',
    argv: ['create', 'db', '--prompt', 'a', '-n', 'shop', '-w', 'certs', '--force', ...withCert],
    stdin: value,
    code: 2,
    says: /^seal: certs is a folder\nhint: name the file in it: -w certs\/db\.yaml\n$/,
  },
  {
    what: 'an item to create that is no option',
    argv: ['create', 'db', `password=${value}`, ...withCert],
    code: 2,
    says: /^seal: seal create takes one argument\nhint: an item is --prompt KEY, /,
  },
  {
    what: 'a place in a store without an item',
    argv: ['create', 'db', '-n', 'shop', '--from-vault', 'kv/db', ...withCert],
    code: 2,
    says: /^seal: no item is named for what the store has\nhint: KEY=PATH#FIELD/,
  },
  {
    what: 'a literal without a name',
    argv: ['create', 'db', '-n', 'shop', '--from-literal', value, ...withCert],
    code: 2,
    says: /^seal: a value on the command line is KEY=VALUE\nhint: the name of the item comes before the =\n$/,
  },
  {
    what: 'a value from a file that is not there',
    argv: ['create', 'db', '-n', 'shop', '--from-file', 'tls.key=none', ...withCert],
    code: 1,
    says: /^seal: no such file: none\nhint: it is named by --from-file \[KEY=\]PATH\n$/,
  },
  ...['unseal', 'reseal', 'dev'].map(
    (name): Mistake => ({
      what: `seal ${name} with a private key that is not there`,
      argv: [name, ...(name === 'dev' ? [] : ['a.yaml']), '--private-key', 'none.key'],
      files: { 'a.yaml': sealed },
      code: 1,
      says: /^seal: no such file: none\.key, given as the private key\nhint: those of a cluster: kubectl get secret /,
    }),
  ),
  {
    what: 'nothing that was rendered, by a program that failed',
    argv: ['check', '--rendered', '-'],
    stdin: '',
    code: 1,
    says: /^seal: standard input is empty\nhint: what renders it made nothing/,
  },
  {
    what: 'a shell that nothing is written for',
    argv: ['completion', 'bsh'],
    code: 2,
    says: /^seal: there is no completion for bsh\nhint: seal completion bash, zsh or fish\n$/,
  },
  {
    what: 'version as a command',
    argv: ['version'],
    code: 2,
    says: /there is no command version, and no such file\nhint: did you mean seal --version\?/,
  },
  {
    what: 'an object without its kind',
    argv: ['why', 'db-credentials'],
    code: 1,
    says: /^seal: no such file: db-credentials\nhint: an object is named with its kind: sealedsecret\/db-credentials\n$/,
  },
  {
    what: 'nothing to create',
    argv: ['create', 'db', '-n', 'shop'],
    code: 2,
    says: /^seal: no value is given\nhint: --prompt KEY/,
  },
  {
    what: 'not a Secret',
    argv: withCert,
    stdin: 'apiVersion: v1\nkind: ConfigMap\n',
    code: 1,
    says: /no Secret is in standard input/,
  },
  {
    what: 'sealed already',
    argv: ['-i', 'a.yaml', ...withCert],
    files: { 'a.yaml': 'apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\n' },
    code: 1,
    says: /a\.yaml: it is sealed already/,
  },
  {
    what: 'no name',
    argv: withCert,
    stdin: secret(`metadata: {namespace: shop}\nstringData: {a: ${value}}\n`),
    code: 1,
    says: /the Secret has no name/,
  },
  {
    what: 'no namespace for a raw value',
    argv: ['--raw', '--name', 'db', ...withCert],
    stdin: value,
    code: 2,
    says: /needs the namespace/,
  },
  {
    what: 'another namespace than the manifest',
    argv: ['-n', 'other', ...withCert],
    stdin: good,
    code: 1,
    says: /is in namespace shop, not in other/,
  },
  {
    what: 'a namespace that no cluster accepts',
    argv: ['-n', 'My Shop', ...withCert],
    stdin: good,
    code: 2,
    says: /"My Shop" cannot be a namespace/,
  },
  {
    what: 'an expired certificate',
    argv: ['--cert', 'certs/expired.crt'],
    stdin: good,
    code: 1,
    says: /certs\/expired\.crt: the certificate expired on 2025-11-21/,
  },
  {
    what: 'a private key as the certificate',
    argv: ['--cert', 'keys/rsa2048-pkcs8.key'],
    stdin: good,
    code: 1,
    says: /this is a private key, not a certificate/,
  },
  {
    what: 'an EC certificate',
    argv: ['--cert', 'certs/ec.crt'],
    stdin: good,
    code: 1,
    says: /certs\/ec\.crt: the certificate holds no RSA key/,
  },
  {
    what: 'a bare public key',
    argv: ['--cert', 'certs/public-key.pem'],
    stdin: good,
    code: 1,
    says: /bare public key/,
  },
  {
    what: 'a damaged certificate',
    argv: ['--cert', 'certs/damaged.crt'],
    stdin: good,
    code: 1,
    says: /certs\/damaged\.crt: the certificate is/,
  },
  {
    what: 'an empty certificate',
    argv: ['--cert', 'certs/empty.crt'],
    stdin: good,
    code: 1,
    says: /the certificate is empty/,
  },
  {
    what: 'no such certificate',
    argv: ['--cert', 'none.pem'],
    stdin: good,
    code: 1,
    says: /no such file: none\.pem, given as the certificate\nhint: --cert takes a PEM file/,
  },
  {
    what: 'no such certificate, named by a variable',
    argv: [],
    stdin: good,
    options: { env: { SEALWRIGHT_CERT: 'none.pem' } },
    code: 1,
    says: /no such file: none\.pem.*\nhint: .*\nhint: SEALWRIGHT_CERT says so/,
  },
  {
    what: 'a bad setting in a variable',
    argv: ['controller'],
    options: { env: { SEALWRIGHT_KEY_SIZE: '10' } },
    code: 2,
    says: /^seal: SEALWRIGHT_KEY_SIZE "10" is not a whole number/,
  },
  {
    what: 'a bad list of settings in a variable',
    argv: ['controller'],
    options: { env: { SEALWRIGHT_KINDS: 'sealedsecrets,nothing' } },
    code: 2,
    says: /^seal: SEALWRIGHT_KINDS .* is not a family/,
  },
  {
    what: 'a bad port in a variable',
    argv: ['dev'],
    options: { env: { SEALWRIGHT_PORT: '99999' } },
    code: 2,
    says: /^seal: SEALWRIGHT_PORT cannot be "99999"/,
  },
  {
    what: 'a namespace in a variable that no cluster accepts',
    argv: withCert,
    stdin: good,
    options: { env: { SEALWRIGHT_NAMESPACE: 'My Shop' } },
    code: 2,
    says: /"My Shop" cannot be a namespace\nhint: .*\nhint: SEALWRIGHT_NAMESPACE says so/,
  },
  {
    what: 'two variables that exclude each other',
    argv: ['a.yaml'],
    files: { 'a.yaml': good },
    options: { env: { SEALWRIGHT_IN_PLACE: '1', SEALWRIGHT_WRITE: 'b.yaml' } },
    code: 2,
    says: /^seal: SEALWRIGHT_IN_PLACE and SEALWRIGHT_WRITE exclude each other/,
  },
  {
    what: 'an address that does not answer',
    argv: ['--cert', 'https://user:pw@certs.example/x'],
    stdin: good,
    code: 1,
    says: /cannot fetch the certificate from https:\/\/certs\.example\/x: no connection/,
  },
  {
    what: 'an address whose TLS certificate nobody trusts',
    argv: ['--cert', 'https://certs.example/x'],
    stdin: good,
    code: 1,
    says: /its TLS certificate is not trusted\nhint: trust its authority with NODE_EXTRA_CA_CERTS/,
    options: {
      fetch: async () => {
        const cause = Object.assign(new Error('self-signed certificate'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
        throw new TypeError('fetch failed', { cause });
      },
    },
  },
  {
    what: 'an address that never stops answering',
    argv: ['--cert', 'https://certs.example/x'],
    stdin: good,
    code: 1,
    says: /is no certificate: it is too large/,
    options: {
      fetch: async () =>
        new Response(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(65_536)) })),
    },
  },
  {
    what: 'an empty --cert, of a variable that is not set',
    argv: ['--cert', ''],
    stdin: good,
    code: 2,
    says: /--cert is empty/,
  },
  {
    what: 'an address that answers 404',
    argv: ['--cert', 'https://certs.example/x'],
    stdin: good,
    code: 1,
    says: /answers 404/,
    options: { fetch: async () => new Response('', { status: 404 }) },
  },
  {
    what: 'an empty file',
    argv: ['a.yaml', ...withCert],
    files: { 'a.yaml': '' },
    code: 1,
    says: /a\.yaml is empty\nhint: /,
  },
  { what: 'nothing on standard input', argv: withCert, stdin: '', code: 1, says: /standard input is empty/ },
  {
    what: 'a binary file',
    argv: ['a.yaml', ...withCert],
    files: { 'a.yaml': Uint8Array.of(0, 1, 2, 255) },
    code: 1,
    says: /a\.yaml is not a text file/,
  },
  {
    what: 'a huge file',
    argv: ['a.yaml', ...withCert],
    files: { 'a.yaml': `# ${'x'.repeat(65 * 1024 * 1024)}\n` },
    code: 1,
    says: /a\.yaml is larger than 64 MiB/,
  },
  {
    what: 'a value over 1 MiB',
    argv: withCert,
    stdin: secret(`metadata: {name: db, namespace: shop}\nstringData: {a: "${'x'.repeat(1024 * 1024 + 1)}"}\n`),
    code: 1,
    says: /at most 1 MiB/,
  },
  {
    what: 'data that is no base64',
    argv: withCert,
    stdin: secret(`metadata: {name: db, namespace: shop}\ndata: {password: "${value}!"}\n`),
    code: 1,
    says: /data\.password is not standard base64/,
  },
  {
    what: 'a Secret without data',
    argv: withCert,
    stdin: secret('metadata: {name: db, namespace: shop}\n'),
    code: 1,
    says: /neither data nor stringData/,
  },
  {
    what: 'an item name that Kubernetes refuses',
    argv: withCert,
    stdin: secret('metadata: {name: db, namespace: shop}\nstringData: {"a b": x}\n'),
    code: 1,
    says: /"a b" cannot be the name of an item/,
  },
  {
    what: 'an unknown scope',
    argv: ['--scope', 'global', ...withCert],
    stdin: good,
    code: 2,
    says: /--scope cannot be "global"/,
  },
  { what: 'an unknown option', argv: ['--certt', 'x'], stdin: good, code: 2, says: /there is no option --certt/ },
  {
    what: 'a mistyped command',
    argv: ['unsael', 'a.yaml'],
    files: { 'a.yaml': good },
    code: 2,
    says: /there is no command unsael, and no such file\nhint: did you mean seal unseal\?/,
  },
  {
    what: 'a mistyped command with an option of its own',
    argv: ['unsael', '--private-key', 'a.yaml'],
    files: { 'a.yaml': good },
    code: 2,
    says: /there is no command unsael, and no such file\nhint: did you mean seal unseal\?/,
  },
  {
    what: 'a word that is near no command and looks like no path',
    argv: [...withCert, 'zebra'],
    code: 2,
    says: /there is no command zebra, and no such file\nhint: seal --help lists the commands/,
  },
  { what: 'an option without its value', argv: ['--cert'], stdin: good, code: 2, says: /--cert needs a value/ },
  { what: 'no such file', argv: ['none.yaml', ...withCert], code: 1, says: /no such file: none\.yaml/ },
  ...[['seal', '-i'], ['check'], ['scan'], ['verify'], ['why', '--offline']].map((argv) => ({
    what: `${argv[0]} of a file whose name is not quite that`,
    argv: [...argv, './bd.yaml'],
    files: { 'db.yaml': sealed },
    code: 1 as const,
    says: /no such file: \.\/bd\.yaml\nhint: did you mean db\.yaml\?/,
  })),
  { what: 'a folder without -i', argv: ['certs', ...withCert], code: 2, says: /certs is a folder/ },
  {
    what: 'a file in place of a folder',
    argv: ['a.yaml/b.yaml', ...withCert],
    files: { 'a.yaml': good },
    code: 1,
    says: /cannot read a\.yaml\/b\.yaml/,
  },
  {
    what: 'a certificate without the option before it',
    argv: ['a.yaml', 'prod.pem'],
    files: { 'a.yaml': good },
    code: 2,
    says: /^seal: prod\.pem is no manifest\nhint: to seal with it: --cert prod\.pem\n$/,
  },
  {
    what: 'a slip in an option that every command has',
    argv: ['--vesion'],
    code: 2,
    says: /there is no option --vesion\nhint: did you mean --version\?/,
  },
  {
    what: 'a context where there is no kubeconfig',
    argv: ['status', '--context', 'prod'],
    code: 4,
    says: /no context named prod\nhint: it has no contexts at all; another one: --kubeconfig or KUBECONFIG/,
  },
  {
    what: 'an unwritable target',
    argv: ['a.yaml', '-w', 'folder', ...withCert],
    files: { 'a.yaml': good },
    prepare: ({ path }) => mkdirSync(join(path, 'folder')),
    code: 1,
    says: /cannot write folder: it is a folder\nhint: name a file in it/,
  },
  {
    what: 'a target whose folder is not there',
    argv: ['a.yaml', '-w', 'none/b.yaml', ...withCert],
    files: { 'a.yaml': good },
    code: 1,
    says: /cannot write none\/b\.yaml: its folder does not exist\nhint: mkdir -p none\n$/,
  },
  {
    what: 'a link that leads round in circles',
    argv: ['-i', 'a.yaml', ...withCert],
    prepare: ({ path }) => symlinkSync('a.yaml', join(path, 'a.yaml')),
    code: 1,
    says: /cannot read a\.yaml: too many symbolic links/,
  },
  {
    what: 'the same file in and out',
    argv: ['a.yaml', '-w', './a.yaml', ...withCert],
    files: { 'a.yaml': good },
    code: 2,
    says: /is both read and written/,
  },
  { what: '-i without a file', argv: ['-i', ...withCert], stdin: good, code: 2, says: /-i needs files/ },
  {
    what: '-i and -w together',
    argv: ['-i', 'a.yaml', '-w', 'b.yaml', ...withCert],
    files: { 'a.yaml': good },
    code: 2,
    says: /-i and -w exclude each other/,
  },
  {
    what: 'one bad file among good ones',
    argv: ['-i', 'a.yaml', 'b.yaml', ...withCert],
    files: { 'a.yaml': good, 'b.yaml': secret('metadata: {namespace: shop}\nstringData: {a: x}\n') },
    code: 1,
    says: /b\.yaml:1: the Secret has no name/,
  },
  {
    what: 'one bad document in a stream',
    argv: withCert,
    stdin: `${good}---\n${secret('metadata: {namespace: shop}\nstringData: {a: x}\n')}`,
    code: 1,
    says: /standard input:6: the Secret has no name/,
  },
  {
    what: '--name for several Secrets',
    argv: ['--name', 'x', ...withCert],
    stdin: `${good}---\n${good}`,
    code: 2,
    says: /--name is for one Secret/,
  },
  {
    what: 'no terminal to ask for a value on',
    argv: ['--raw', '-n', 'shop', '--name', 'db', ...withCert],
    code: 2,
    says: /there is no terminal to ask/,
    options: { terminal: { in: true } },
  },
  {
    what: 'nobody pipes anything in',
    argv: withCert,
    code: 2,
    says: /nothing to read/,
    options: { terminal: { in: true } },
  },
  { what: 'no cluster configured', argv: [], stdin: good, code: 4, says: /no cluster is configured/ },
  {
    what: 'a cluster that is down',
    argv: ['--kubeconfig', 'down.yaml'],
    stdin: good,
    files: { 'down.yaml': kubeconfig('http://127.0.0.1:1') },
    code: 4,
    says: /cannot reach the cluster at http:\/\/127\.0\.0\.1:1: connection refused/,
  },
  {
    what: 'a context that is not there',
    argv: ['--kubeconfig', 'down.yaml', '--context', 'prod'],
    stdin: good,
    files: { 'down.yaml': kubeconfig('http://127.0.0.1:1') },
    code: 4,
    says: /no context named prod/,
  },
  {
    what: 'no private key',
    argv: ['unseal', 'a.yaml'],
    files: { 'a.yaml': good },
    code: 2,
    says: /no private key is given/,
  },
  {
    what: 'a certificate as the private key',
    argv: ['unseal', 'a.yaml', '--private-key', 'keys/certificate-instead.key'],
    files: { 'a.yaml': good },
    code: 1,
    says: /keys\/certificate-instead\.key: /,
  },
  {
    what: 'nothing to open',
    argv: ['unseal', 'a.yaml', '--private-key', 'keys/rsa2048-pkcs8.key'],
    files: { 'a.yaml': good },
    code: 1,
    says: /no SealedSecret is in a\.yaml/,
  },
  {
    what: 'set without a file',
    argv: ['set'],
    code: 2,
    says: /no file is named\nhint: seal set FILE KEY/,
  },
  {
    what: 'set without an item',
    argv: ['set', 'a.yaml', ...withCert],
    files: { 'a.yaml': sealed },
    code: 2,
    says: /no item is named/,
  },
  {
    what: 'set of a file that is not there',
    argv: ['set', 'none.yaml', 'password', ...withCert],
    stdin: value,
    code: 1,
    says: /no such file: none\.yaml/,
  },
  {
    what: 'set of a folder',
    argv: ['set', 'certs', 'password', ...withCert],
    stdin: value,
    code: 2,
    says: /certs is a folder/,
  },
  {
    what: 'set of a plain Secret',
    argv: ['set', 'a.yaml', 'password', ...withCert],
    files: { 'a.yaml': good },
    stdin: value,
    code: 1,
    says: /no SealedSecret is in a\.yaml\nhint: it holds a plain Secret; seal it first: seal -i a\.yaml/,
  },
  {
    what: 'set where several are sealed',
    argv: ['set', 'a.yaml', 'password', ...withCert],
    files: { 'a.yaml': `${sealed}---\n${sealed.replace('db', 'cache')}` },
    stdin: value,
    code: 2,
    says: /a\.yaml holds 2 SealedSecrets\nhint: .*--name NAME or --document NUMBER\nhint: document 1: db\nhint: document 2: cache/,
  },
  {
    what: 'set of a name that is not in the file',
    argv: ['set', 'a.yaml', 'password', '--name', 'd', ...withCert],
    files: { 'a.yaml': sealed },
    stdin: value,
    code: 2,
    says: /no SealedSecret of a\.yaml is named d\nhint: there is: db/,
  },
  {
    what: 'set of a document that is not in the file',
    argv: ['set', 'a.yaml', 'password', '--document', '2', ...withCert],
    files: { 'a.yaml': sealed },
    stdin: value,
    code: 2,
    says: /--document cannot be "2"\nhint: a\.yaml has 1 document,/,
  },
  {
    what: 'set in a damaged file',
    argv: ['set', 'a.yaml', 'password', ...withCert],
    files: { 'a.yaml': `kind: SealedSecret\nspec: [\n` },
    stdin: value,
    code: 1,
    says: /a\.yaml:\d+:\d+: not valid YAML/,
  },
  {
    what: 'set of two values from one standard input',
    argv: ['set', 'a.yaml', 'password', 'username', ...withCert],
    files: { 'a.yaml': sealed },
    stdin: value,
    code: 2,
    says: /standard input is one value, and 2 are wanted/,
  },
  {
    what: 'set of one item twice',
    argv: ['set', 'a.yaml', 'password', '--from-file', 'password=certs/ec.crt', ...withCert],
    files: { 'a.yaml': sealed },
    stdin: value,
    code: 2,
    says: /password is given twice/,
  },
  {
    what: 'set of a file without a name from standard input',
    argv: ['set', 'a.yaml', '--from-file', '-', ...withCert],
    files: { 'a.yaml': sealed },
    stdin: value,
    code: 2,
    says: /--from-file - needs the name of the item/,
  },
  {
    what: 'a value in place of a name',
    argv: ['set', 'a.yaml', 'password', `${value}!`, ...withCert],
    files: { 'a.yaml': sealed },
    code: 2,
    says: /a word after the file is neither KEY nor KEY=VALUE/,
  },
  {
    what: 'set where no namespace is known',
    argv: ['set', 'a.yaml', 'password', ...withCert],
    files: { 'a.yaml': sealed.replace(', namespace: shop', '') },
    stdin: value,
    code: 1,
    says: /a\.yaml:1: the SealedSecret has no namespace.*\nhint: give it with -n NAMESPACE/,
  },
  {
    what: 'set for another namespace than the file',
    argv: ['set', 'a.yaml', 'password', '-n', 'other', ...withCert],
    files: { 'a.yaml': sealed },
    stdin: value,
    code: 1,
    says: /is in namespace shop, not in other/,
  },
  {
    what: 'set of a value that another item refers to',
    argv: ['set', 'a.yaml', 'password', ...withCert],
    files: { 'a.yaml': sealed.replace('{password: AgB}', '{password: &x AgB, other: *x}') },
    stdin: value,
    code: 1,
    says: /a\.yaml:1: password cannot be set without changing something beside it\nhint: .*anchors/,
  },
  {
    what: 'set in the old form of one value',
    argv: ['set', 'a.yaml', 'password', ...withCert],
    files: { 'a.yaml': sealed.replace('encryptedData: {password: AgB}', 'data: AgB') },
    stdin: value,
    code: 1,
    says: /a\.yaml:1: the whole Secret is one sealed value/,
  },
  {
    what: 'set of a file that nobody may write',
    argv: ['set', 'a.yaml', 'password', ...withCert],
    files: { 'a.yaml': sealed },
    prepare: ({ path }) => chmodSync(join(path, 'a.yaml'), 0o444),
    stdin: value,
    code: 1,
    says: /cannot write a\.yaml: permission denied\nhint: who may: ls -ld \. a\.yaml\n$/,
  },
  {
    what: 'an environment file with a line that is none',
    argv: ['set', 'a.yaml', '--from-env-file', 'a.env', ...withCert],
    files: { 'a.yaml': sealed, 'a.env': `# fine\nuser=x\n${value}?\n` },
    code: 2,
    says: /a\.env:3: this line is no KEY=VALUE\nhint: a value of several lines: --from-file KEY=PATH; /,
  },
  {
    what: 'nothing at the prompt',
    argv: ['set', 'a.yaml', 'password', ...withCert],
    files: { 'a.yaml': sealed },
    options: {
      terminal: { in: true, err: true },
      env: { NO_COLOR: '1' },
      prompt: async () => new Uint8Array(),
    },
    code: 2,
    says: /no value was given for password\nhint: an empty value is password=/,
  },
  {
    what: 'nothing on standard input',
    argv: ['set', 'a.yaml', 'password', ...withCert],
    files: { 'a.yaml': sealed },
    stdin: '',
    code: 2,
    says: /no value was given for password: standard input is empty/,
  },
  {
    what: 'unset of an item that is not there',
    argv: ['unset', 'a.yaml', 'password', 'pasword'],
    files: { 'a.yaml': sealed },
    code: 1,
    says: /a\.yaml has no item pasword\nhint: its items are password/,
  },
  { what: 'unset without an item', argv: ['unset', 'a.yaml'], files: { 'a.yaml': sealed }, code: 2, says: /no item/ },
  { what: 'unset without a file', argv: ['unset'], code: 2, says: /no file is named/ },
  {
    what: 'a link in a circle in the place of the configuration',
    argv: ['set', 'a.yaml', 'password', ...withCert],
    files: { 'a.yaml': sealed },
    prepare: ({ path }) => symlinkSync('.sealwright.yaml', join(path, '.sealwright.yaml')),
    stdin: value,
    code: 1,
    says: /cannot read .*\.sealwright\.yaml: too many symbolic links\nhint: where it leads: ls -l .*\.sealwright\.yaml\n$/,
  },
  {
    what: 'set where the rule forbids the scope that the file has: no option changes that',
    argv: ['set', 'a.yaml', 'password', ...withCert],
    files: {
      '.sealwright.yaml':
        'version: 1\nclusters: {a: {certificates: [certs/rsa2048.crt]}}\nrules:\n- path: "*"\n  cluster: a\n  policy: {forbidScopes: [strict]}\n  scope: namespace-wide\n',
      'a.yaml': sealed,
    },
    stdin: value,
    code: 1,
    says: /the rule of \.sealwright\.yaml:4 forbids the scope strict\nhint: change the scope annotations of the SealedSecret, and seal all of its values again\n$/,
  },
  {
    what: 'a value where edit has its file',
    argv: ['edit', `password=${value}`],
    options: { env: { EDITOR: 'never-started' } },
    code: 1,
    says: /^seal: no such file: password=…\n/,
  },
  { what: 'a value where a file is sealed', argv: [`password=${value}`], code: 1, says: /no such file: password=…\n/ },
  {
    what: 'a value where create has its name',
    argv: ['create', `password=${value}`, ...withCert],
    code: 2,
    says: /"password=…" cannot be the name/,
  },
  {
    what: 'a value on the command line of --raw',
    argv: ['--raw', value, '-n', 'shop', '--name', 'db', ...withCert],
    code: 2,
    says: /--raw takes no files\nhint: .*--from-file FILE\nhint: a value comes from standard input\n$/,
  },
  {
    what: 'edit without an editor',
    argv: ['edit', 'a.yaml', ...withCert],
    files: { 'a.yaml': sealed },
    code: 2,
    says: /no editor is set\nhint: EDITOR=nano seal edit a\.yaml/,
  },
  { what: 'edit without a file', argv: ['edit'], code: 2, says: /no file is named/ },
  {
    what: 'edit of a file that nobody may write',
    argv: ['edit', 'a.yaml', ...withCert],
    files: { 'a.yaml': sealed },
    prepare: ({ path }) => chmodSync(join(path, 'a.yaml'), 0o444),
    options: { env: { EDITOR: 'never-started' } },
    code: 1,
    says: /cannot write a\.yaml: permission denied/,
  },
  {
    what: 'edit with a certificate that is not there',
    argv: ['edit', 'a.yaml', '--cert', 'none.pem'],
    files: { 'a.yaml': sealed },
    options: { env: { EDITOR: 'never-started' } },
    code: 1,
    says: /no such file: none\.pem, given as the certificate/,
  },
  { what: 'create without a name', argv: ['create', ...withCert], code: 2, says: /no name is given/ },
  { what: 'create without a value', argv: ['create', 'db', ...withCert], code: 2, says: /no value is given/ },
  {
    what: 'create with a name that no cluster accepts',
    argv: ['create', 'My_db', '--prompt', 'a', ...withCert],
    stdin: value,
    code: 2,
    says: /"My_db" cannot be the name/,
  },
  {
    what: 'create over a file that is there',
    argv: ['create', 'db', '-n', 'shop', '--prompt', 'a', '-w', 'a.yaml', ...withCert],
    files: { 'a.yaml': sealed },
    stdin: value,
    code: 1,
    says: /a\.yaml is there already\nhint: .*seal set a\.yaml KEY\nhint: .*--force/,
  },
  {
    what: 'create with half a TLS Secret',
    argv: ['create', 'db', '-n', 'shop', '--tls-cert', 'certs/rsa2048.crt', ...withCert],
    code: 2,
    says: /needs --tls-cert and --tls-key/,
  },
  {
    what: 'create with half a pull secret',
    argv: ['create', 'db', '-n', 'shop', '--docker-username', 'bot', ...withCert],
    code: 2,
    says: /needs --docker-username and --docker-password-stdin/,
  },
  {
    what: 'create with a label without a value',
    argv: ['create', 'db', '-n', 'shop', '--prompt', 'a', '--label', 'app', ...withCert],
    stdin: value,
    code: 2,
    says: /--label is KEY=VALUE/,
  },
  {
    what: 'matrix in two forms at once',
    argv: ['matrix', '--json', '--format', 'github'],
    code: 2,
    says: /--json and --format github exclude each other\nhint: leave out one of them/,
  },
  {
    what: 'matrix of a Secret that is not there',
    argv: ['matrix', 'db'],
    code: 2,
    says: /there is no SealedSecret db in the repository/,
  },
  {
    what: 'matrix under rules that are none',
    argv: ['matrix'],
    files: { '.sealwright.yaml': 'version: 1\nrule: []\n' },
    code: 1,
    says: /\.sealwright\.yaml:2:1: /,
  },
  {
    what: 'promote without a name',
    argv: ['promote', '--from', 'staging', '--to', 'production'],
    code: 2,
    says: /no Secret is named/,
  },
  {
    what: 'promote from nowhere',
    argv: ['promote', 'db', '--to', 'production'],
    code: 2,
    says: /--from is missing\nhint: seal promote NAME --from/,
  },
  {
    what: 'promote from an environment that is not there',
    argv: ['promote', 'db', '--from', 'staging', '--to', 'production'],
    code: 2,
    says: /there is no environment staging in the repository\nhint: /,
  },
  {
    what: 'promote with a value that lost its name',
    argv: ['promote', 'db', `${value}!`, '--from', 'staging', '--to', 'production'],
    code: 2,
    says: /a word after the name is neither KEY nor KEY=VALUE/,
  },
];

function kubeconfig(server: string): string {
  return `apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts: [{name: c, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {server: "${server}"}}]\nusers: [{name: u, user: {}}]\n`;
}

describe('a mistake is told in one line and changes nothing', () => {
  let folder: Folder;
  beforeEach(() => {
    folder = new Folder();
  });
  afterEach(() => folder.remove());

  for (const { what, argv, code, says, stdin, files = {}, options, prepare } of mistakes) {
    test(what, async () => {
      for (const [name, content] of Object.entries(files)) writeFileSync(join(folder.path, name), content);
      prepare?.(folder);
      const before = what.startsWith('a link') ? {} : folder.snapshot();
      const outcome = await folder.seal(argv, { ...(stdin !== undefined && { stdin }), ...options });
      expect(outcome.stderr).toMatch(says);
      expect(outcome.stderr.split('\n').filter((line) => line !== '' && !line.startsWith('hint: '))).toHaveLength(1);
      expect(outcome.stderr).toMatch(/^seal: /);
      expect(outcome.stderr).not.toContain(value);
      expect(outcome.code).toBe(code);
      if (code === 2) expect(outcome.stderr).toMatch(/^hint: ./m);
      expect(outcome.stdout).toBe('');
      if (!what.startsWith('a link')) expect(folder.snapshot()).toEqual(before);
    });
  }

  test('where no rule decides and no file is named, the working folder is told of', async () => {
    const rules = 'version: 1\nclusters: {a: {certificates: [certs/rsa2048.crt]}}\nrules: [{path: a/**, cluster: a}]\n';
    writeFileSync(join(folder.path, '.sealwright.yaml'), rules);
    const { code, stderr } = await folder.seal(['create', 'db', '-n', 'shop', '--prompt', 'a'], { stdin: value });
    expect(code).toBe(4);
    expect(stderr).toMatch(/^warning: no rule of \.sealwright\.yaml covers files of the working folder: asking /);
  });

  test('a file that is elsewhere in the repository is told of', async () => {
    mkdirSync(join(folder.path, 'environments/production'), { recursive: true });
    writeFileSync(join(folder.path, 'environments/production/db.yaml'), sealed);
    await folder.run('git', ['init', '--quiet']);
    await folder.run('git', ['add', '.']);
    const hint = 'hint: did you mean environments/production/db.yaml?\n';
    for (const argv of [
      ['set', 'db.yaml', 'key'],
      ['check', 'db.yaml'],
      ['seal', 'db.yaml'],
      ['why', 'db.yaml'],
    ]) {
      const { code, stderr } = await folder.seal(argv);
      expect([code, stderr]).toEqual([1, `seal: no such file: db.yaml\n${hint}`]);
    }
    const { stderr } = await folder.seal(['check', 'production']);
    expect(stderr).toBe('seal: no such file: production\nhint: did you mean environments/production?\n');
  });

  test('kubeseal guesses no namespace where there is no kubeconfig', async () => {
    const stdin = good.replace(', namespace: shop', '');
    for (const argv of [[], ['--raw', '--name', 'db']]) {
      const { code, stdout, stderr } = await folder.seal(['kubeseal', ...argv, ...withCert], { stdin });
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/^error: .*namespace/);
    }
  });

  test('a full disk leaves every old file and no temporary one', async () => {
    for (const name of ['a.yaml', 'b.yaml']) writeFileSync(join(folder.path, name), good);
    const before = folder.snapshot();
    const full = Object.assign(new Error('full'), { code: 'ENOSPC' });
    const original = StagedFiles.prototype.add;
    StagedFiles.prototype.add = function (path, content, options) {
      return path === 'b.yaml' ? Promise.reject(full) : original.call(this, path, content, options);
    };
    const { code, stdout } = await folder.seal(['-i', 'a.yaml', 'b.yaml', ...withCert]).finally(() => {
      StagedFiles.prototype.add = original;
    });
    expect([code, stdout]).toEqual([1, '']);
    expect(folder.snapshot()).toEqual(before);
  });

  test('an interrupt ends with 130 and leaves no temporary file', async () => {
    writeFileSync(join(folder.path, 'a.yaml'), good);
    const before = folder.snapshot();
    const interruption = new AbortController();
    const fetch = () => {
      interruption.abort();
      return new Promise<Response>(() => undefined);
    };
    const outcome = await folder.seal(['-i', 'a.yaml', '--cert', 'https://certs.example/x'], {
      fetch,
      signal: interruption.signal,
    });
    expect(outcome).toEqual({ code: 130, stdout: '', stderr: '' });
    expect(folder.snapshot()).toEqual(before);
  });
});

describe('a cluster that says no', () => {
  let folder: Folder;
  let server: Server;
  let answer = { code: 403, reason: 'Forbidden' };
  beforeAll(async () => {
    server = createServer((_, response) => {
      response.writeHead(answer.code, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', ...answer }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => server.close());
  beforeEach(() => {
    folder = new Folder();
    const { port } = server.address() as AddressInfo;
    writeFileSync(join(folder.path, 'kubeconfig'), kubeconfig(`http://127.0.0.1:${port}`));
  });
  afterEach(() => folder.remove());

  test.each([
    { what: 'forbidden', code: 403, reason: 'Forbidden', exit: 4 },
    { what: 'not logged in', code: 401, reason: 'Unauthorized', exit: 4 },
    { what: 'no controller', code: 404, reason: 'NotFound', exit: 1 },
  ])('$what ends with $exit and prints nothing', async ({ code, reason, exit }) => {
    answer = { code, reason };
    const outcome = await folder.seal(['cert', '--kubeconfig', 'kubeconfig']);
    expect(outcome.code).toBe(exit);
    expect(outcome.stdout).toBe('');
    expect(outcome.stderr.split('\n').filter((line) => line.startsWith('seal: '))).toHaveLength(1);
  });
});
