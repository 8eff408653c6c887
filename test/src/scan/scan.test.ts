// The scan of one file: leaks, allowances, and Secrets in every form.

import { describe, expect, it } from 'vitest';
import { sample } from '../../../src/scan/samples.ts';
import { scanFile, scanText } from '../../../src/scan/scan.ts';

/** `line code` of each finding. */
const found = (file: string, text: string) => scanText(file, text).map(({ line, code }) => `${line} ${code}`);
const bytes = (text: string) => new TextEncoder().encode(text);
const aws = `AKIA${sample(16, 'base32')}`;
const password = sample(18);
const secret = (value = password) =>
  `apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\nstringData:\n  password: ${value}\n`;
const indented = (text: string, by: string) => text.replace(/^(?=.)/gm, by);
const keyed = (label: string) =>
  [
    '-----BEGIN ',
    label,
    '-----\n',
    sample(64, 'base64'),
    '\n',
    sample(40, 'base64'),
    '\n-----END ',
    label,
    '-----\n',
  ].join('');

describe('findings', () => {
  it('tell the line, and never a part of the value', () => {
    const text = `a: 1\nb: ${aws}\nc: ${password}\npassword: ${password}\n---\n${secret()}`;
    const leaks = scanText('values.yaml', text);
    expect(leaks.map(({ line }) => line)).toEqual([2, 4, 6]);
    for (let at = 0; at + 4 <= password.length; at++) {
      expect(JSON.stringify(leaks)).not.toContain(password.slice(at, at + 4));
    }
    expect(JSON.stringify(leaks)).not.toContain(aws.slice(4, 9));
  });

  it('are the same with Windows line ends, a byte order mark and UTF-16', () => {
    const text = `a: 1\nb: ${aws}\n---\n${secret()}`;
    const expected = found('a.yaml', text);
    expect(expected).toEqual(['2 SW310', '4 SW101']);
    expect(found('a.yaml', text.replaceAll('\n', '\r\n'))).toEqual(expected);
    expect(found('a.yaml', `\ufeff${text}`)).toEqual(expected);
    const utf16 = new Uint8Array([
      0xff,
      0xfe,
      ...new Uint8Array(new Uint16Array([...text].map((c) => c.charCodeAt(0))).buffer),
    ]);
    expect(scanFile('a.yaml', utf16).map(({ line, code }) => `${line} ${code}`)).toEqual(expected);
  });

  it('are none in binary files, whose names may tell', () => {
    expect(scanFile('a.bin', bytes(`\0${aws}`))).toEqual([]);
    expect(scanFile('certs/a.p12', bytes('\0')).map(({ code }) => code)).toEqual(['SW304']);
  });

  it('are in files that are not UTF-8 as well', () => {
    const latin = new Uint8Array([0xe4, 0xff, ...bytes(`\n${aws}`)]);
    expect(scanFile('a.txt', latin).map(({ line }) => line)).toEqual([2]);
  });

  it('are one where several rules see the same', () => {
    expect(found('a.yaml', `token: ${aws}\n`)).toEqual(['1 SW310']);
    expect(found('.env', `API_TOKEN=${aws}\n`)).toEqual(['1 SW310']);
    expect(found('.env', `API_TOKEN=${password}\n`)).toEqual(['1 SW388']);
    expect(found('a.yaml', secret())).toEqual(['1 SW101']);
  });
});

describe('allowances', () => {
  it('hold for their line, and alone on a line for the next', () => {
    expect(found('a.yaml', `a: ${aws} # seal:allow a test key\n`)).toEqual([]);
    expect(found('a.yaml', `# seal:allow a test key\na: ${aws}\nb: ${aws}\n`)).toEqual(['3 SW310']);
    expect(found('a.yaml', `a: 1 # seal:allow a test key\nb: ${aws}\n`)).toEqual(['2 SW310']);
    expect(found('a.ts', `// seal:allow a test key\nconst a = '${aws}'\n`)).toEqual([]);
    expect(found('a.html', `<!-- seal:allow a test key -->\n<p>${aws}</p>\n`)).toEqual([]);
    expect(found('a.yaml', `# seal:allow for the tests alone\n${secret()}`)).toEqual([]);
  });

  it('stand on the header of a block scalar, since a comment below it would be part of the value', () => {
    const key = keyed('PRIVATE KEY');
    expect(found('a.yaml', `key: |\n${indented(key, '  ')}`)).toEqual(['2 SW301']);
    expect(found('a.yaml', `key: | # seal:allow a test key\n${indented(key, '  ')}`)).toEqual([]);
  });

  it('need a reason', () => {
    expect(found('a.yaml', `a: ${aws} # seal:allow\n`)).toEqual(['1 SW310', '1 SW399']);
    expect(found('a.html', `<!-- seal:allow -->\n`)).toEqual(['1 SW399']);
    expect(found('a.md', 'Write `seal:allow` in a comment.\n')).toEqual([]);
    expect(found('a.yaml', `a: ${aws} # seal:allowed yes indeed\n`)).toEqual(['1 SW310']);
  });
});

describe('Kubernetes Secrets', () => {
  it('are found as documents, in Lists, and in JSON', () => {
    expect(found('a.yaml', `kind: ConfigMap\n---\n${secret()}`)).toEqual(['3 SW101']);
    expect(found('a.yaml', `apiVersion: v1\nkind: List\nitems:\n- ${indented(secret(), '  ').trim()}\n`)).toEqual([
      '4 SW101',
    ]);
    expect(found('a.json', JSON.stringify({ apiVersion: 'v1', kind: 'Secret', data: { a: btoa('value') } }))).toEqual([
      '1 SW101',
    ]);
  });

  it.each([
    ['an escaped kind', (plain: string) => plain.replace('kind: Secret', 'kind: "\\x53ecret"')],
    ['a kind in another escape', (plain: string) => plain.replace('Secret', '"\\u0053ecre\\U00000074"')],
    ['an escaped key', (plain: string) => plain.replace('kind:', '"k\\x69nd":')],
    ['escapes in JSON', () => `{"\\u006bind":"Secre\\u0074","stringData":{"password":"${password}"}}`],
    ['a key in quotes', (plain: string) => plain.replace('kind:', "'kind' :")],
    ['a word over two lines', (plain: string) => plain.replace('Secret', '"Sec\\\n  ret"')],
    ['a value far below its key', (plain: string) => plain.replace('Secret', '# what it is\n\n\n\n\n\n      Secret')],
    ['an explicit key', (plain: string) => plain.replace('kind: Secret', '? kind # of object\n: Secret')],
    ['a folded block', (plain: string) => plain.replace('Secret', '>-\n      Secret')],
    ['a tag and an anchor', (plain: string) => plain.replace('Secret', '!!str &kind Secret')],
    ['an alias', (plain: string) => `x-kind: &k Secret\n${plain.replace('Secret', '*k')}`],
    [
      'the last anchor of a name',
      (plain: string) => `a: &k Deployment\nb: &k Secret\n${plain.replace('Secret', '*k')}`,
    ],
    ['an alias of an escaped kind', (plain: string) => `a: &k "\\x53ecret"\n${plain.replace('Secret', '*k')}`],
    ['a key that is an alias', (plain: string) => `a: &k kind\n${plain.replace('kind:', '*k :')}`],
    ['a merge key', (plain: string) => `a: &base {kind: Secret}\n${plain.replace('kind: Secret', '<<: *base')}`],
    [
      'merge keys',
      (plain: string) => `a: [&x {kind: Secret}, &y {b: c}]\n${plain.replace('kind: Secret', '<<: [*y, *x]')}`,
    ],
    [
      'values of a merge key',
      (plain: string) => `a: &b {stringData: {p: ${password}}}\n${plain.replace(/stringData:[\s\S]*/, '<<: *b\n')}`,
    ],
    ['fields in quotes with escapes', (plain: string) => plain.replace('stringData', '"string\\x44ata"')],
    [
      'a tag of another tool beside it',
      (plain: string) => `${plain}other: !vault x\n`.replace('Secret', '"\\x53ecret"'),
    ],
  ])('are found by what they mean: %s', (_, written) => {
    expect(scanText('a.yaml', written(secret())).map(({ code }) => code)).toEqual(['SW101']);
    expect(scanText('a.json', written(secret())).map(({ code }) => code)).toEqual(['SW101']);
  });

  it.each([
    ['an alias of something else', (plain: string) => `a: &k Deployment\n${plain.replace('Secret', '*k')}`],
    ['an anchor that comes later', (plain: string) => `a: &k Pod\n${plain.replace('Secret', '*k')}b: &k Secret\n`],
    ['an alias that names nothing', (plain: string) => plain.replace('Secret', '*k')],
    [
      'a merge key that has it, over one that says otherwise',
      (plain: string) => `a: &b {kind: Secret}\n${plain.replace('Secret', 'Pod\n<<: *b')}`,
    ],
    ['a merge key of itself', (plain: string) => `a: &b\n  <<: *b\n  c: Secret\n${plain.replace('Secret', 'Pod')}`],
    ['the word in a value', (plain: string) => plain.replace('Secret', 'Pod\nnote: a Secret')],
  ])('are nothing that means another kind: %s', (_, written) => {
    const codes = scanText('a.yaml', written(secret())).map(({ code }) => code);
    expect(codes.filter((code) => ['SW101', 'SW387'].includes(code))).toEqual([]);
  });

  it('are found where only carriage returns end the lines, at lines as editors count them', () => {
    const text = `a: 1\n---\n${secret()}---\nkind: ConfigMap\ndata:\n  a: ${aws}\n`;
    expect(found('a.yaml', text)).toEqual(['3 SW101', '12 SW310']);
    expect(found('a.yaml', text.replaceAll('\n', '\r'))).toEqual(['3 SW101', '12 SW310']);
    expect(found('a.yaml', text.replace('apiVersion: v1\n', 'apiVersion: v1\r'))).toEqual(['3 SW101', '12 SW310']);
    expect(found('.env', `A=1\rAPI_TOKEN=${password}\r`)).toEqual(['2 SW388']);
    expect(found('a.yaml', `# seal:allow a test\r${secret().replaceAll('\n', '\r')}`)).toEqual([]);
  });

  it('are found in lists of Helm values', () => {
    expect(found('values.yaml', `replicas: 1\nextraObjects:\n  - ${indented(secret(), '    ').trim()}\n`)).toEqual([
      '3 SW387',
    ]);
  });

  it('are found in text of ConfigMaps, at their own line', () => {
    const map = (text: string) =>
      `kind: ConfigMap\ndata:\n  a: 1\n  manifest.yaml: |\n${indented(text, '    ')}  b: 2\n`;
    expect(found('a.yaml', map(`# one\nkind: ConfigMap\n---\n${secret()}`))).toEqual(['8 SW387']);
    expect(found('a.yaml', map(map(secret())))).toEqual(['9 SW387']);
    expect(found('a.json', JSON.stringify({ data: { x: secret() } }, undefined, 1))).toEqual(['3 SW387']);
  });

  it.each([
    ['a tag or an anchor on the kind', secret().replace('Secret', '!!str Secret')],
    ['a folded kind', secret().replace('Secret', '>-\n  Secret')],
    ['items by an alias', `x: &x ${password}\n${secret('*x').replace('Secret', '&k Secret')}`],
    ['all of it by an alias', `x: &x {p: ${password}}\nkind: Secret\nstringData: *x\n`],
    ['a merge key', `x: &x {p: ${password}}\nkind: Secret\nstringData:\n  <<: *x\n`],
    ['a SecretList', `kind: SecretList\nitems:\n- stringData: {p: ${password}}\n`],
    ['flow style in a template', `{{ if x }}\nkind: Secret\nstringData: {p: ${password}}\n{{ end }}\n`],
  ])('are found through %s', (_, text) => {
    expect(scanText('a.yaml', text).map(({ code }) => code)).toHaveLength(1);
  });

  it('are a listing in a manual, and nothing where the value is left open', () => {
    expect(found('a.md', `Text\n\n---\n${secret()}`)).toEqual(['4 SW387']);
    expect(found('a.yaml', secret('…'))).toEqual([]);
    expect(found('.env', 'AUTHOR=Jane-Doe-the-2nd\n')).toEqual([]);
  });

  it('are found in Helm templates where a value is literal', () => {
    const template = (value: string) => `{{- if .Values.on }}\n${secret(value)}{{- end }}\n`;
    expect(found('t.yaml', template(password))).toEqual(['7 SW387']);
    expect(found('t.yaml', template('{{ .Values.password | quote }}'))).toEqual([]);
    expect(found('t.yaml', template('|\n    line one of it\n'))).toEqual(['8 SW387']);
    expect(found('t.yaml', `data:\n{{- range .x }}\n  a: ${password}\n{{- end }}\nkind: Secret\n`)).toEqual([
      '3 SW387',
    ]);
    expect(found('t.yaml', `kind: ConfigMap\n{{ if }}\ndata:\n  a: some text\n`)).toEqual([]);
  });

  it('are none without values, with placeholders, references and sealed or encrypted values', () => {
    for (const value of [
      '""',
      'changeme',
      '<password>',
      '$' + '{PASSWORD}',
      'ENC[AES256_GCM,data:abc,type:str]',
      '~',
    ]) {
      expect(found('a.yaml', secret(value))).toEqual([]);
    }
    const sealed = `kind: SealedSecret\nspec:\n  encryptedData:\n    password: Ag${sample(700, 'base64')}\n    token: Ag${sample(342, 'base64')}==\n`;
    expect(found('a.yaml', sealed)).toEqual([]);
  });
});

describe('kubeconfigs', () => {
  const config = (user: string) =>
    `apiVersion: v1\nkind: Config\nclusters:\n- name: a\n  cluster: {server: https://a}\nusers:\n- name: a\n  user:\n    ${user}\n`;

  it('are found by what a user has', () => {
    expect(found('k', config(`token: ${password}`))).toEqual(['9 SW386']);
    expect(found('k', config(`client-key-data: ${btoa(keyed('RSA PRIVATE KEY'))}`))).toEqual(['9 SW386']);
    expect(found('k', config(`auth-provider: {config: {id-token: ${password}}}`))).toEqual(['9 SW386']);
  });

  it('are let be where the user signs in by other means', () => {
    expect(found('k', config('exec: {command: aws}'))).toEqual([]);
    expect(found('k', config('token: REDACTED'))).toEqual([]);
    expect(found('k', config('client-key-data: DATA+OMITTED'))).toEqual([]);
    expect(found('k', config('client-certificate-data: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t'))).toEqual([]);
  });
});

describe('environment files', () => {
  it('are read by the names of their lines', () => {
    const text = `# shop\nPORT=8080\nDB_PASSWORD=hunter22\nexport API_KEY="${password}" # the key\nDEBUG_TOKEN=true\nSECRET_FILE=/run/x\nSECRET_KEY=\n`;
    expect(found('.env', text)).toEqual(['3 SW388', '4 SW388']);
    expect(found('app/.env.production', text)).toEqual(['3 SW388', '4 SW388']);
    expect(found('prod.env', text)).toEqual(['3 SW388', '4 SW388']);
    expect(found('.env.example', text).filter((one) => one.endsWith('388'))).toEqual([]);
  });
});

describe('hostile files', () => {
  const size = 300_000;
  const many = (count: number, line: (at: number) => string) =>
    Array.from({ length: count }, (_, at) => `${line(at)}\n`).join('');
  const chain = (count: number) => many(count, (at) => `a${at + 1}: &a${at + 1} {<<: *a${at}}`);
  it.each([
    ['one long line of blanks', ' '.repeat(size)],
    ['blanks and a word', `${' '.repeat(size)}x`],
    ['quotes', '"'.repeat(size)],
    ['brackets', 'kind: Secret\n'.padEnd(40_000, '[')],
    ['braces of templates', 'kind: Secret\ndata:\n'.padEnd(40_000, '{')],
    ['allowances', '# seal:allow '.repeat(size / 13)],
    ['comments', '#'.repeat(size)],
    ['aliases', `kind: Secret\na: &a [x]\nb: [${'*a, '.repeat(5_000)}]\n`],
    ['a chain of merge keys', `t: !x y\nkind: "\\x53ecret"\na0: &a0 {b: c}\n${chain(3_000)}`],
    [
      'a mapping that many merge',
      `t: !x Secret\nb: &b\n${many(8_000, (at) => `  k${at}: v`)}kind:\n${many(8_000, () => '- {<<: *b}')}`,
    ],
    ['merge keys of each other', `t: !x Secret\nkind: &k [&a {<<: *k}, &b {<<: [*a, *b, *k]}, {<<: [*a, *b]}]\n`],
    ['escapes', `a: "${'\\x53'.repeat(size / 4)}"\n`],
    ['carriage returns', `kind: Secret${'\r'.repeat(size)}`],
    ['documents', 'kind: Secret\n---\n'.repeat(2_000)],
    ['keys', 'PRIVATE KEY-----BEGIN PRIVATE KEY-----'.repeat(5_000)],
    ['leaks', `${aws}\n`.repeat(8_000)],
    ['a NUL at the end', `${' '.repeat(size)}\0`],
  ])('are read to their end: %s', (_, text) => {
    expect(scanFile('a.yaml', bytes(text)).length).toBeGreaterThanOrEqual(0);
  });
});

describe('JSON that is too long to be read with its places', () => {
  const filler = { apiVersion: 'v1', kind: 'ConfigMap', data: { a: 'x'.repeat(1_100_000) } };
  const secret = (name: string, value: string) => ({
    apiVersion: 'v1',
    data: { a: btoa(value) },
    kind: 'Secret',
    metadata: { name },
  });
  const list = (...items: object[]) => ({ apiVersion: 'v1', items: [filler, ...items], kind: 'List' });
  const told = (text: string) =>
    scanFile('a.json', bytes(text)).map(({ line, code, message }) => `${line} ${code} ${message}`);

  it('gives its Secrets, as kubectl prints them', () => {
    const text = JSON.stringify(
      list(secret('one', 'hunter22'), secret('two', 'CHANGEME'), secret('three', 's3cret')),
      null,
      4,
    );
    const lines = [...text.matchAll(/"kind": "Secret"/g)].map(({ index }) => text.slice(0, index).split('\n').length);
    expect(told(text)).toEqual([
      `${lines[0]} SW101 the Secret one holds plain values`,
      `${lines[2]} SW101 the Secret three holds plain values`,
    ]);
  });

  it('gives one on one line, in a SecretList, and with another spelling', () => {
    expect(told(JSON.stringify(list(secret('one', 'hunter22'))))).toEqual([
      '1 SW101 the Secret one holds plain values',
    ]);
    const { kind: _, ...bare } = secret('one', 'hunter22');
    const all = { kind: 'SecretList', items: [bare, filler] };
    expect(told(JSON.stringify(all, null, 1))).toEqual(['1 SW101 the Secret one holds plain values']);
    const spelled = JSON.stringify(list(secret('one', 'hunter22'))).replace('"Secret"', '"\\u0053ecret"');
    expect(told(spelled)).toEqual(['1 SW101 the Secret one holds plain values']);
  });

  it('may nest as deep as it likes', () => {
    const deep = `{"kind": "Secret", "x": ${'['.repeat(600_000)}${']'.repeat(600_000)}, "data": {"a": "aHVudGVyMjI="}}`;
    expect(told(deep)).toEqual(['1 SW101 a Secret holds plain values']);
  });
});
