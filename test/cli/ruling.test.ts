// How commands find and use `.sealwright.yaml`: by the file's real place, the branch of Git, and pinned certificates.

import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { Folder } from './harness.ts';

const secret = 'apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\nstringData: {password: s3cret}\n';
const clusters = `version: 1
clusters:
  one: {certificates: [certs/rsa2048.crt]}
  two: {certificates: [certs/second2048.crt]}
  old: {certificates: [certs/expired.crt]}
  renewed: {certificates: [certs/expired.crt, certs/rsa2048.crt]}
  lost: {certificates: [certs/none.crt]}
  asked: {controller: {context: nowhere}}
`;

let folder: Folder;
const write = (path: string, text: string) => {
  mkdirSync(dirname(join(folder.path, path)), { recursive: true });
  writeFileSync(join(folder.path, path), text);
};
const keyIdIn = (text: string) => /password ([0-9a-f]{32})/.exec(text)?.[1];
const keyIdOf = async (cert: string) => {
  const { stdout } = await folder.seal(['cert', '--cert', cert, '--info', '--json']);
  return JSON.parse(stdout).keyId as string;
};

beforeEach(() => {
  folder = new Folder();
  write('.sealwright.yaml', `${clusters}rules:\n  - {path: "**", cluster: one}\n`);
  write('deep/db.yaml', secret);
});
afterEach(() => folder.remove());

describe('the configuration', () => {
  test('is the nearest above the file, wherever the call is made', async () => {
    write(
      'deep/.sealwright.yaml',
      'version: 1\nclusters: {near: {certificates: [sealing.pem]}}\nrules: [{path: db.yaml, cluster: near}]\n',
    );
    write('deep/sealing.pem', readFileSync(join(folder.path, 'certs/second2048.crt'), 'utf8'));
    const near = await folder.seal(['deep/db.yaml']);
    expect(keyIdIn(near.stdout)).toBe(await keyIdOf('certs/second2048.crt'));
    const far = await folder.seal([], { stdin: secret });
    expect(keyIdIn(far.stdout)).toBe(await keyIdOf('certs/rsa2048.crt'));
  });

  test('is that of the place to which a link leads', async () => {
    write('other/.sealwright.yaml', 'version: 1\n');
    symlinkSync('../deep/db.yaml', join(folder.path, 'other', 'link.yaml'));
    const { code, stdout } = await folder.seal(['other/link.yaml']);
    expect([code, keyIdIn(stdout)]).toEqual([0, await keyIdOf('certs/rsa2048.crt')]);
  });

  test('that is a link to nothing stops everything, and is no missing one', async () => {
    rmSync(join(folder.path, '.sealwright.yaml'));
    symlinkSync('gone/rules.yaml', join(folder.path, '.sealwright.yaml'));
    for (const argv of [['-i', 'deep/db.yaml'], ['check', 'deep'], ['matrix'], ['init', '--yes']]) {
      const { code, stdout, stderr } = await folder.seal(argv);
      expect([code, stdout], argv.join(' ')).toEqual([1, '']);
      expect(stderr).toMatch(
        /^seal: no such file: \S*\.sealwright\.yaml\nhint: it is a link, and leads to gone\/rules\.yaml\n$/,
      );
    }
  });

  test('with a mistake stops everything, and says where', async () => {
    write('.sealwright.yaml', `${clusters}rules:\n  - {path: "**", clustr: one}\n`);
    const { code, stdout, stderr } = await folder.seal(['-i', 'deep/db.yaml']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^seal: \.sealwright\.yaml:10:5: rules\[0\] has no cluster\nhint: .*\nhint: also .*clustr/);
  });

  test('is of no interest to kubeseal', async () => {
    write('.sealwright.yaml', 'nonsense: true\n');
    const { code, stderr } = await folder.seal(['kubeseal', '--cert', 'certs/rsa2048.crt'], { stdin: secret });
    expect([code, stderr]).toEqual([0, '']);
  });
});

describe('a rule for a branch', () => {
  const rules = 'rules:\n  - {path: "**", branch: "release/*", cluster: two}\n  - {path: "**", cluster: one}\n';
  const sealedWith = async (argv: string[] = []) => keyIdIn((await folder.seal(['deep/db.yaml', ...argv])).stdout);

  beforeEach(() => write('.sealwright.yaml', clusters + rules));

  test('holds where Git says that it is checked out', async () => {
    write('.git/HEAD', 'ref: refs/heads/release/1.2\n');
    expect(await sealedWith()).toBe(await keyIdOf('certs/second2048.crt'));
    write('.git/HEAD', 'ref: refs/heads/main\n');
    expect(await sealedWith()).toBe(await keyIdOf('certs/rsa2048.crt'));
  });

  test('holds in a linked work tree', async () => {
    write('elsewhere/worktrees/x/HEAD', 'ref: refs/heads/release/2\n');
    write('.git', 'gitdir: elsewhere/worktrees/x\n');
    expect(await sealedWith()).toBe(await keyIdOf('certs/second2048.crt'));
  });

  test('does not hold for a detached head, nor without Git', async () => {
    expect(await sealedWith()).toBe(await keyIdOf('certs/rsa2048.crt'));
    write('.git/HEAD', '0123456789012345678901234567890123456789\n');
    expect(await sealedWith()).toBe(await keyIdOf('certs/rsa2048.crt'));
  });

  test('holds where --branch says so', async () => {
    expect(await sealedWith(['--branch', 'release/1'])).toBe(await keyIdOf('certs/second2048.crt'));
  });
});

describe('a pinned certificate', () => {
  const seal = (cluster: string, ...argv: string[]) => folder.seal(['deep/db.yaml', '--cluster', cluster, ...argv]);

  test('that has expired is refused, or with --allow-expired warned about', async () => {
    const refused = await seal('old');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/^seal: cluster old: the certificate expired on 2025-11-21\n/);
    const allowed = await seal('old', '--allow-expired');
    expect(allowed.code).toBe(0);
    expect(allowed.stderr).toMatch(/^warning: cluster old: the certificate expired/);
  });

  test('of several is the one that has not expired', async () => {
    expect(keyIdIn((await seal('renewed')).stdout)).toBe(await keyIdOf('certs/rsa2048.crt'));
  });

  test('that is not there is called one, with the line that names it', async () => {
    const { code, stderr } = await seal('lost');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^seal: no such file: certs\/none\.crt, the certificate of cluster lost\nhint: \.sealwright\.yaml:7 names it\n/,
    );
  });

  test('that is missing makes the controller be asked, in the context of the configuration', async () => {
    const { code, stderr } = await seal('asked');
    expect(code).toBe(4);
    expect(stderr).toMatch(/nowhere|no cluster is configured/);
  });

  test('is passed over for --cert, and both at once are a mistake', async () => {
    const { stdout } = await folder.seal(['deep/db.yaml', '--cert', 'certs/second2048.crt']);
    expect(keyIdIn(stdout)).toBe(await keyIdOf('certs/second2048.crt'));
    expect((await seal('one', '--cert', 'certs/rsa2048.crt')).code).toBe(2);
  });
});

describe('what a rule says', () => {
  test('yields to annotations, and these to --scope', async () => {
    write(
      '.sealwright.yaml',
      `${clusters}rules:\n  - {path: "**", cluster: one, scope: namespace-wide, namespace: from-rule}\n`,
    );
    const wide = secret.replace('namespace: shop', 'annotations: {sealedsecrets.bitnami.com/cluster-wide: "true"}');
    const bare = secret.replace(', namespace: shop', '');
    const metadataOf = async (stdin: string, ...argv: string[]) =>
      parse((await folder.seal(argv, { stdin })).stdout).metadata as { namespace?: string; annotations: object };
    expect(Object.keys((await metadataOf(secret)).annotations)).toContain('sealedsecrets.bitnami.com/namespace-wide');
    expect(Object.keys((await metadataOf(wide)).annotations)).toContain('sealedsecrets.bitnami.com/cluster-wide');
    expect(Object.keys((await metadataOf(wide, '--scope', 'strict')).annotations)).toEqual(['sealwright.dev/sealed']);
    expect((await metadataOf(bare)).namespace).toBe('from-rule');
    expect((await metadataOf(secret)).namespace).toBe('shop');
    expect((await metadataOf(bare, '-n', 'other')).namespace).toBe('other');
  });
});

describe('a file that is written, and whose rule says otherwise than the call', () => {
  const sealed =
    'apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: db}\nspec: {encryptedData: {a: AQ}}\n';
  const bare = secret.replace(', namespace: shop', '');
  const value = ['--from-literal', 'a=b'];

  beforeEach(() => {
    const rules =
      'rules:\n  - {path: prod/**, cluster: one, namespace: shop}\n  - {path: "*", cluster: one, namespace: shop}\n';
    write('.sealwright.yaml', clusters + rules);
    write('prod/db.yaml', sealed);
    write('plain.yaml', bare);
    write('prod/plain.yaml', bare);
  });

  const written: [string, string[]][] = [
    ['create', ['create', 'db', ...value, '-w', 'prod/new.yaml']],
    ['create --force', ['create', 'db', ...value, '-w', 'prod/db.yaml', '--force']],
    ['seal -w', ['plain.yaml', '-w', 'prod/new.yaml']],
    ['seal -i', ['-i', 'prod/plain.yaml']],
    ['seal -i of a folder', ['-i', 'prod']],
    ['seal --raw -w', ['--raw', '--name', 'db', '--from-file', 'plain.yaml', '-w', 'prod/value.txt']],
    ['set', ['set', 'prod/db.yaml', 'a=b']],
    ['edit', ['edit', 'prod/db.yaml']],
  ];
  const refused = async (argv: string[]) => {
    const before = folder.snapshot();
    const { code, stdout, stderr } = await folder.seal(argv, { env: { EDITOR: 'true' } });
    expect([code, stdout]).toEqual([2, '']);
    expect(folder.snapshot()).toEqual(before);
    return stderr;
  };

  test.each(written)('is not sealed for another cluster by %s', async (_, argv) => {
    expect(await refused([...argv, '--cluster', 'two'])).toMatch(
      /^seal: --cluster two: prod\/\S+ is for cluster one, says the rule of \.sealwright\.yaml:10\nhint: leave out --cluster; to seal with another certificate all the same: --cert FILE\n$/,
    );
  });

  test.each(written)('is not sealed for another namespace by %s', async (_, argv) => {
    expect(await refused([...argv, '-n', 'other'])).toMatch(
      /^seal: -n other: prod\/\S+ is for namespace shop, says the rule of \.sealwright\.yaml:10\nhint: leave out -n, or give the file a rule of its own above that one\n$/,
    );
  });

  test('is sealed by a call that says the same, and with a certificate that is given', async () => {
    const same = await folder.seal(['set', 'prod/db.yaml', 'a=b', '--cluster', 'one', '-n', 'shop']);
    expect([same.code, same.stderr]).toEqual([0, expect.stringContaining('shop/db under key')]);
    const given = await folder.seal(['set', 'prod/db.yaml', 'password=b', '--cert', 'certs/second2048.crt']);
    expect(given.code).toBe(0);
    expect(keyIdIn(readFileSync(join(folder.path, 'prod/db.yaml'), 'utf8'))).toBe(
      await keyIdOf('certs/second2048.crt'),
    );
  });

  test('is of no concern to what goes to standard output: nobody knows where it ends', async () => {
    const { code, stdout } = await folder.seal(['plain.yaml', '--cluster', 'two', '-n', 'other']);
    expect([code, keyIdIn(stdout)]).toEqual([0, await keyIdOf('certs/second2048.crt')]);
    expect((await folder.seal(['create', 'db', ...value, '--cluster', 'two', '-n', 'other'])).code).toBe(0);
  });

  test.each([
    ['in place', ['-i', 'prod/own.yaml']],
    ['to standard output', ['prod/own.yaml']],
    ['with its folder', ['-i', 'prod']],
  ])('that names another namespace itself is sealed for that one %s, and both are told', async (_, argv) => {
    write('prod/own.yaml', secret.replace('shop', 'other'));
    const { code, stderr } = await folder.seal(argv);
    expect([code, stderr.split('\n').find((line) => line.includes('own.yaml:1: '))]).toEqual([
      0,
      'warning: prod/own.yaml:1: Secret db: it is sealed for namespace other, which it names, and prod/own.yaml is for namespace shop, says the rule of .sealwright.yaml:10: write namespace: shop, or give the file a rule of its own above that one',
    ]);
    write('prod/own.yaml', secret);
    expect((await folder.seal(argv)).stderr).not.toContain('it is sealed for namespace');
  });

  test('is of no concern where a folder has nothing to seal', async () => {
    rmSync(join(folder.path, 'prod/plain.yaml'));
    expect((await folder.seal(['-i', 'prod', '--cluster', 'two', '-n', 'other'])).code).toBe(0);
  });

  test('is told by the variable that says otherwise', async () => {
    const { code, stderr } = await folder.seal(['set', 'prod/db.yaml', 'a=b'], { env: { SEALWRIGHT_CLUSTER: 'two' } });
    expect([code, stderr]).toEqual([2, expect.stringMatching(/^seal: SEALWRIGHT_CLUSTER two: prod/)]);
  });
});

const stale = `apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata: {name: db, namespace: shop}
spec: {encryptedData: {a: ${'AgB'.padEnd(400, 'A')}}}
`;

describe('the name of a cluster in the place of a certificate', () => {
  test.each<[string, string[]]>([
    ['--cluster', ['deep/db.yaml']],
    ['--cluster', ['set', 'prod/db.yaml', 'a=b']],
    ['--cluster', ['create', 'db', '-n', 'shop', '--from-literal', 'a=b']],
    ['--cluster', ['cert']],
    ['--to', ['reseal', 'prod', '--private-key', 'keys/rsa2048-pkcs8.key']],
    ['--to', ['reseal', 'prod']],
  ])('is told, with %s: seal %o', async (option, argv) => {
    write('prod/db.yaml', stale);
    const { code, stdout, stderr } = await folder.seal([...argv, '--cert', 'two']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(
      `no such file: two, given as the certificate\nhint: two is a cluster of .sealwright.yaml: ${option} two\n`,
    );
    expect((await folder.seal([...argv, '--cert', 'three'])).stderr).not.toContain('is a cluster');
  });

  test('is no matter where a file is called so', async () => {
    write('two', readFileSync(join(folder.path, 'certs/second2048.crt'), 'utf8'));
    const { stdout } = await folder.seal(['deep/db.yaml', '--cert', 'two']);
    expect(keyIdIn(stdout)).toBe(await keyIdOf('certs/second2048.crt'));
  });
});

test('seal reseal --to without a configuration names its own option', async () => {
  rmSync(join(folder.path, '.sealwright.yaml'));
  write('db.yaml', stale);
  const argv = ['reseal', 'db.yaml', '--to', 'two', '--private-key', 'keys/rsa2048-pkcs8.key'];
  expect((await folder.seal(argv)).stderr).toContain('--to names a cluster of .sealwright.yaml, and there is none');
});

describe('seal cert', () => {
  const shown = async (...argv: string[]) => folder.seal(['cert', '--info', '--json', ...argv]);

  test('shows what is pinned for the only cluster, wherever rules apply', async () => {
    write('.sealwright.yaml', 'version: 1\nclusters: {one: {certificates: [certs/rsa2048.crt]}}\n');
    expect(JSON.parse((await shown()).stdout)).toMatchObject({ source: 'cluster one', expired: false });
  });

  test('of several clusters shows that of the rule, else asks the cluster and says how to choose', async () => {
    write('.sealwright.yaml', `${clusters}rules:\n  - {path: "*", cluster: two}\n`);
    expect(JSON.parse((await shown()).stdout)).toMatchObject({ source: 'cluster two' });
    write('.sealwright.yaml', clusters);
    const { code, stderr } = await shown();
    expect([code, stderr]).toEqual([4, expect.stringContaining('hint: or say whose: --cluster one|two|')]);
    expect(JSON.parse((await shown('--cluster', 'old')).stdout)).toMatchObject({ expired: true });
  });

  test('asks where a context or a controller is named', async () => {
    expect((await shown('--context', 'none')).code).toBe(4);
    expect((await shown('--controller-name', 'x')).code).toBe(4);
  });
});
