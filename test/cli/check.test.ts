// `seal check` over whole repositories: what is planted is found where it is, and nothing else is.

import { chmodSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Finding } from '../../src/repository/finding.ts';
import { mayReadAll, titled } from '../support/missing.ts';
import { Folder } from './harness.ts';
import { plant, write } from './repositories/planted.ts';

let folder: Folder;
beforeEach(() => {
  folder = new Folder();
});
afterEach(() => folder.remove());

async function check(...argv: string[]) {
  const { code, stdout, stderr } = await folder.seal(['check', '--json', ...argv]);
  expect(stderr).toBe('');
  const { findings, summary } = JSON.parse(stdout) as { findings: Finding[]; summary: Record<string, number> };
  return { code, findings, summary, places: findings.map(({ file, line, code }) => `${file}:${line} ${code}`).sort() };
}

/** Manifests as most are. */
function* usual(): Generator<[string, string]> {
  for (let n = 0; n < 50; n++) {
    const labels = `metadata: {name: web-${n}, namespace: shop, labels: {app: web}}`;
    yield [
      `environments/production/web-${n}.yaml`,
      `apiVersion: apps/v1\nkind: Deployment\n${labels}\n---\napiVersion: v1\nkind: Service\n${labels}\n`,
    ];
  }
}

describe('a repository with mistakes', () => {
  it('has each of them found in its file and on its line, and nothing else', async () => {
    const faults = await plant('faults');
    const clean = await plant('clean');
    const others = [...clean.files, ...usual()];
    write(folder.path, [...faults.files, ...others]);
    const { code, places } = await check();
    expect(places).toEqual(faults.expected);
    expect(code).toBe(3);
    // What the promise is about.
    expect(faults.expected.length).toBeGreaterThanOrEqual(40);
    expect(new Set(faults.expected.map((place) => place.split(' ')[1])).size).toBeGreaterThanOrEqual(20);
    expect(others.length).toBeGreaterThanOrEqual(100);
  });
});

const sealedSecret = (lines: string) => `apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\n${lines}`;
const plainSecret = `apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData: {password: hunter2-s3cret}\n`;
const only = async (name: string, text: string | Uint8Array) => {
  write(folder.path, [[`only/${name}`, text]]);
  const { places } = await check('only');
  return places.map((place) => place.replace(/^only\//, ''));
};

it('a file whose name has a line end is mended by the command of the hint', async () => {
  write(folder.path, [['only/a\nb.yaml', plainSecret]]);
  const { findings } = await check('only');
  expect(findings.map(({ hint }) => hint)).toEqual(["seal -i $'only/a\\nb.yaml'"]);
  expect((await folder.seal(['check', 'only'])).stdout).toContain("hint: seal -i $'only/a\\nb.yaml'\n");
});

describe('carriage returns that stand alone', () => {
  const external = `apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: a, namespace: b}\nspec:\n  secretStoreRef: {name: none}\n  data: [{secretKey: a, remotRef: {key: a}}]\n`;
  const text = `# first\n\n---\n${plainSecret}--- # second\n${sealedSecret('metadata: {name: a}\nspec:\n  encryptedData:\n    a: cut\n')}---\n${external}---\na: "b\n`;
  const places = (ends: (text: string) => string) => only('a.yaml', ends(text));

  it('end lines, as in YAML', async () => {
    const expected = await places((each) => each);
    expect(expected).toHaveLength(6);
    expect(await places((each) => each.replaceAll('\n', '\r'))).toEqual(expected);
    expect(await places((each) => `\ufeff${each.replaceAll('\n', '\r')}`)).toEqual(expected);
    for (const every of [2, 3, 5]) {
      let count = 0;
      const some = (each: string) =>
        each.replace(/\n/g, () => (count++ % every === 0 ? '\r' : count % 2 === 0 ? '\r\n' : '\n'));
      expect(await places(some)).toEqual(expected);
    }
  });

  it('end lines of Kustomizations', async () => {
    const record = 'annotations: {sealwright.dev/sealed: "a 9f2c66d0e1a4b7c8d35e0f1122334455 other/a 2026-01-01"}';
    const sealed = (
      await folder.seal(['--raw', '-n', 'other', '--name', 'a', '--cert', 'certs/rsa2048.crt'], { stdin: 'b' })
    ).stdout;
    const text = sealedSecret(
      `metadata: {name: a, namespace: shop, ${record}}\nspec: {encryptedData: {a: ${sealed.trim()}}}\n`,
    );
    expect(await only('a.yaml', text)).toEqual(['a.yaml:4 SW105']);
    for (const end of ['\n', '\r']) {
      write(folder.path, [['only/kustomization.yaml', `resources: [a.yaml]${end}namespace: other${end}`]]);
      expect(await only('a.yaml', text)).toEqual([]);
    }
  });

  it('end lines of what was rendered', async () => {
    const [stdin, other] = [plainSecret, plainSecret.replaceAll('\n', '\r')];
    const rendered = async (text: string) => (await folder.seal(['check', '--rendered', '-'], { stdin: text })).stdout;
    expect(await rendered(other)).toBe(await rendered(stdin));
    expect(await rendered(external.replaceAll('\n', '\r'))).toBe(await rendered(external));
    expect(await rendered(external)).toContain('[SW');
  });
});

describe('whatever files hold', () => {
  it.each([
    [
      'Windows line ends and a byte order mark',
      `\ufeff# a\r\n${plainSecret.replaceAll('\n', '\r\n')}`,
      ['a.yaml:2 SW101'],
    ],
    ['nothing', '', []],
    ['a blank', ' \n', []],
    ['NUL bytes', 'a: \0', ['a.yaml:1 SW116']],
    ['UTF-16', Buffer.from(plainSecret, 'utf16le'), ['a.yaml:1 SW116']],
    ['Latin-1', Buffer.from('a: \u00fc\n', 'latin1'), ['a.yaml:1 SW116']],
    ['brackets without end', '['.repeat(50_000), ['a.yaml:1 SW116']],
    [
      'aliases that multiply',
      `kind: A\na: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'.replace(/./g, (at) => `${at}: &${at} [${`*${String.fromCharCode(at.charCodeAt(0) - 1)},`.repeat(9)}]\n`)}`,
      ['a.yaml:3 SW116'],
    ],
    [
      'metadata that is text',
      sealedSecret('metadata: text\nspec: {encryptedData: {a: cut}}\n'),
      ['a.yaml:3 SW202', 'a.yaml:4 SW102'],
    ],
    [
      'annotations that are a list',
      sealedSecret('metadata: {name: a, annotations: [b]}\nspec: {encryptedData: {a: cut}}\n'),
      ['a.yaml:3 SW202', 'a.yaml:4 SW102'],
    ],
    [
      'an item called __proto__',
      sealedSecret('metadata: {name: a}\nspec: {encryptedData: {__proto__: cut, constructor: cut}}\n'),
      ['a.yaml:4 SW102', 'a.yaml:4 SW102'],
    ],
    [
      'a List whose Secret is an alias',
      `apiVersion: v1\nkind: List\nx: &x {apiVersion: v1, kind: Secret, data: {a: eA==}}\nitems: [*x]\n`,
      ['a.yaml:1 SW101'],
    ],
    [
      'a SecretList whose items say no kind',
      `apiVersion: v1\nkind: SecretList\nitems:\n  - data: {a: eA==}\n`,
      ['a.yaml:4 SW101'],
    ],
    [
      'a List in a List',
      `kind: List\nitems:\n  - kind: List\n    items:\n      - {apiVersion: v1, kind: Secret, data: {a: eA==}}\n`,
      ['a.yaml:5 SW101'],
    ],
    ['no objects', '- a\n---\ntext\n---\n5\n---\nnull\n', []],
  ])('is borne: %s', async (_, text, expected) => {
    expect(await only('a.yaml', text)).toEqual(expected);
  });

  it('is told without the values, in every form', async () => {
    write(folder.path, [['only/a.yaml', plainSecret]]);
    for (const format of ['text', 'json', 'github', 'gitlab', 'sarif', 'junit']) {
      const { code, stdout, stderr } = await folder.seal(['check', '--format', format, 'only']);
      expect([code, stderr, stdout.includes('SW101')]).toEqual([3, '', true]);
      expect(stdout).not.toMatch(/hunter2|s3cret/);
    }
  });

  it('does not steer the terminal, by names neither', async () => {
    write(folder.path, [
      ['only/\u001b[31mred\nfile.yaml', sealedSecret('metadata: {name: a}\nspec: {encryptedData: {"\\e[2J": cut}}\n')],
    ]);
    const { stdout } = await folder.seal(['check', 'only']);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
    expect(stdout).toContain('SW102');
  });

  it.skipIf(mayReadAll)(titled('is told where it cannot be read', mayReadAll), async () => {
    write(folder.path, [['only/a.yaml', 'a: 1\n']]);
    chmodSync(join(folder.path, 'only/a.yaml'), 0);
    expect((await check('only')).places).toEqual(['only/a.yaml:1 SW116']);
  });
});

describe('what is checked', () => {
  const git = (...args: string[]) => folder.run('git', args);

  it('is what Git tracks, wherever in the repository the call is made, with paths for services from its top', async () => {
    await git('init', '-q');
    write(folder.path, [
      ['apps/a.yaml', plainSecret],
      ['untracked.yaml', plainSecret],
    ]);
    await git('add', 'apps');
    expect((await check()).places).toEqual(['apps/a.yaml:1 SW101']);
    const { stdout } = await folder.seal(['check', '--format', 'github', join(folder.path, 'apps')]);
    expect(stdout).toContain('file=apps/a.yaml,line=1');
  });

  it('is nothing before Git tracks it, which is said', async () => {
    write(folder.path, [['new.yaml', plainSecret]]);
    await folder.run('git', ['init', '-q'], { env: {} });
    const { code, stdout, stderr } = await folder.seal(['check']);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^nothing found/)]);
    expect(stderr).toMatch(/^warning: there is no file to look at\nhint: .*git add.*\n$/);
  });

  it('is nothing where plain Secrets are meant to be, and each file by its own configuration', async () => {
    write(folder.path, [
      ['one/.sealwright.yaml', 'version: 1\nplain: [docs/**]\n'],
      ['one/docs/a.yaml', plainSecret],
      ['two/docs/a.yaml', plainSecret],
    ]);
    expect((await check('one', 'two')).places).toEqual(['two/docs/a.yaml:1 SW101']);
  });

  it('is not outside of the folder, but files behind links are', async () => {
    write(folder.path, [
      ['only/a.yaml', 'a: 1\n'],
      ['outside/b.yaml', plainSecret],
    ]);
    symlinkSync('../outside', join(folder.path, 'only/folder'));
    expect((await check('only')).places).toEqual([]);
    symlinkSync('../outside/b.yaml', join(folder.path, 'only/link.yaml'));
    expect((await check('only')).places).toEqual(['only/link.yaml:1 SW101']);
  });

  it('depends on the branch', async () => {
    write(folder.path, [
      [
        '.sealwright.yaml',
        'version: 1\nclusters: {a: {certificates: [certs/rsa2048.crt]}}\nrules: [{path: "only/**", branch: main, cluster: a, policy: {requireRecord: true}}]\n',
      ],
      ['only/a.yaml', (await plant('clean')).files.get('variants/two.yaml') ?? ''],
    ]);
    const { code, stderr } = await folder.seal(['check', 'only']);
    expect([code, stderr]).toEqual([
      0,
      'warning: no branch is checked out: rules of .sealwright.yaml with a branch do not apply\nhint: name it: --branch NAME\n',
    ]);
    expect((await check('only', '--branch', 'main')).places).toEqual(['only/a.yaml:4 SW111']);
  });

  it('sees overrides in files that are not checked', async () => {
    const { files } = await plant('clean');
    write(folder.path, [...files, ['.sealwright.yaml', 'version: 1\n']]);
    for (const path of ['environments/staging/deployed', 'apps/two/eu/sealed.yaml'])
      expect((await check(path)).places).toEqual([]);
  });
});

describe('a repository of which Git tracks nothing yet', () => {
  it.each(['check', 'scan'])('is said to be one, with what looks at it (%s)', async (command) => {
    await folder.run('git', ['init', '-q']);
    write(folder.path, [['db.yaml', plainSecret]]);
    const outcome = await folder.seal([command]);
    expect(outcome.code).toBe(0);
    expect(outcome.stderr).toContain('there is no file to look at');
    expect(outcome.stderr).toContain('git add');
    await folder.run('git', ['add', 'db.yaml']);
    expect((await folder.seal([command])).stderr).toBe('');
  });
});

describe('a pinned certificate that cannot be used', () => {
  it.each([
    ['is not there', 'none.pem', 'no such file: none.pem, the certificate of cluster new'],
    ['is damaged', 'certs/damaged.crt', 'certs/damaged.crt: the certificate is cut off or damaged'],
    ['is no certificate', 'web.yaml', 'web.yaml: this holds no PEM certificate'],
  ])('is a finding where it is named when it %s, and all else is checked', async (_, path, message) => {
    const clusters = `clusters:\n  old:\n    certificates: [certs/rsa2048.crt]\n  new:\n    certificates:\n      - certs/second2048.crt\n      - ${path}\n`;
    const rules = 'rules: [{path: "old/**", cluster: old}, {path: "new/**", cluster: new}]\nplain: [keys/**]\n';
    write(folder.path, [
      ['.sealwright.yaml', `version: 1\n${clusters}${rules}`],
      ['web.yaml', plainSecret],
    ]);
    for (const [file, cert] of Object.entries({ 'old/db.yaml': 'second2048', 'new/db.yaml': 'rsa4096' })) {
      const made = `create db -n shop --cert certs/${cert}.crt --from-literal password=hunter2-s3cret`;
      const { stdout } = await folder.seal(made.split(' '));
      write(folder.path, [[file, stdout]]);
    }
    const { code, findings } = await check();
    expect(code).toBe(3);
    expect(findings.map(({ file, line, code }) => `${file}:${line} ${code}`)).toEqual([
      '.sealwright.yaml:8 SW117',
      'old/db.yaml:11 SW104',
      'web.yaml:1 SW101',
    ]);
    expect(findings[0]?.message).toContain(message);
  });

  it('does not keep what is rendered from being checked', async () => {
    write(folder.path, [
      ['.sealwright.yaml', 'version: 1\nclusters: {a: {certificates: [none.pem]}}\n'],
      ['out.yaml', plainSecret],
    ]);
    const { places } = await check('--rendered', 'out.yaml');
    expect(places).toEqual(['.sealwright.yaml:2 SW117', 'out.yaml:1 SW101']);
  });
});

describe('what keeps a check from being made', () => {
  it.each([
    ['a path that is not there', ['check', 'gone'], 1, 'no such file: gone'],
    ['standard input', ['check', '-'], 1, '--rendered -'],
    ['a form that there is not', ['check', '--format', 'html'], 2, 'html'],
    ['two forms at once', ['check', '--json', '--format', 'sarif'], 2, '--json and --format sarif exclude each other'],
  ])('is %s', async (_, argv, code, message) => {
    const outcome = await folder.seal(argv);
    expect(outcome).toMatchObject({ code, stdout: '' });
    expect(outcome.stderr).toContain(message);
  });

  it.each([['a configuration with a mistake', 'version: 2\n', '.sealwright.yaml:1:1: version']])(
    'is %s',
    async (_, text, message) => {
      write(folder.path, [['.sealwright.yaml', text]]);
      const { code, stdout, stderr } = await folder.seal(['check']);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toContain(message);
    },
  );
});
