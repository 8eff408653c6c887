// `seal check --rendered` and `--render`: what reaches the cluster, as other programs make it.

import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseRenderer } from '../../cli/rendering.ts';
import { FakeClock } from '../support/clock.ts';
import { Folder, today } from './harness.ts';

let folder: Folder;
beforeEach(() => {
  folder = new Folder();
  // They hold plain Secrets.
  rmSync(join(folder.path, 'keys'), { recursive: true });
});
afterEach(() => folder.remove());

function write(name: string, content: string): void {
  mkdirSync(dirname(join(folder.path, name)), { recursive: true });
  writeFileSync(join(folder.path, name), content);
}

const sealedFor = (label: string, name = 'db', namespace = 'shop') => `apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata:
  name: ${name}
  namespace: ${namespace}
  annotations:
    sealwright.dev/sealed: |
      password ${'0'.repeat(32)} ${label} 2026-11-21
spec:
  encryptedData:
    password: ${Buffer.concat([Buffer.from([1, 0]), Buffer.alloc(300)]).toString('base64')}
`;

const helm = `---
# Source: shop/templates/config.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: c}
---
# Source: shop/templates/secret.yaml
apiVersion: v1
kind: Secret
metadata: {name: s}
stringData: {password: hunter2}
`;

describe('a rendered stream', () => {
  it('is read from standard input, and says which file of the chart it was', async () => {
    const { code, stdout } = await folder.seal(['check', '--rendered', '-'], { stdin: helm });
    expect(code).toBe(3);
    expect(stdout).toMatch(/^standard input\n {2}8 {2}error {2}.*\(shop\/templates\/secret\.yaml\) {2}\[SW101\]$/m);
    expect(stdout).toContain('hint: mend the file that this was rendered from\n');
    expect(stdout).not.toContain('hunter2');
  });

  it('is read from a file, with its lines', async () => {
    write('out.yaml', `${helm}---\n${sealedFor('other/db')}`);
    const { stdout } = await folder.seal(['check', '--rendered', 'out.yaml', '--json']);
    expect(JSON.parse(stdout).findings).toMatchObject([
      { file: 'out.yaml', line: 8, code: 'SW101' },
      { file: 'out.yaml', line: 23, code: 'SW105' },
    ]);
  });

  it('is checked under the rule that files of the working folder have', async () => {
    write(
      '.sealwright.yaml',
      'version: 1\nclusters: {a: {certificates: [certs/rsa2048.crt]}}\nrules: [{path: "**", cluster: a, namespace: prod}]\n',
    );
    const { stdout } = await folder.seal(['check', '--rendered', '-'], { stdin: sealedFor('shop/db') });
    expect(stdout).toContain('puts its files into prod  [SW115]');
  });

  it.each([
    [['--rendered', '-', 'apps'], 'takes the place of paths'],
    [['--rendered', '-', '--base', 'main'], '--rendered and --base exclude each other'],
    [['--rendered', 'nowhere.yaml'], 'no such file: nowhere.yaml'],
  ])('%j is a mistake', async (argv, words) => {
    const { code, stderr } = await folder.seal(['check', ...argv]);
    expect(code).toBeGreaterThan(0);
    expect(stderr).toContain(words);
  });

  it('is not waited for on a terminal', async () => {
    const { code, stderr } = await folder.seal(['check', '--rendered', '-'], { terminal: { in: true } });
    expect(code).toBe(2);
    expect(stderr).toContain('kubectl kustomize . | seal check --rendered -');
  });
});

/** A renderer that prints the file `output` of the folder that it is given, and what it was called with. */
function renderer(): string {
  write(
    'render.sh',
    `#!/bin/sh\nprintf '%s\\n' "$*" >> calls\n[ -f "$2/fail" ] && { printf 'one\\nError: \\033[31mno base\\n' >&2; exit 1; }\ncat "$2/output"\n`,
  );
  chmodSync(join(folder.path, 'render.sh'), 0o755);
  return './render.sh build {dir}';
}

/** The process group that has written its number. */
async function started(): Promise<number> {
  const path = join(folder.path, 'started');
  while (!existsSync(path) || !/\n/.test(readFileSync(path, 'utf8'))) await new Promise((next) => setImmediate(next));
  return Number(readFileSync(path, 'utf8'));
}

/** Until no process of the group is left but those that only wait to be collected. */
async function ended(group: number): Promise<void> {
  const isThere = async () => {
    const { stdout } = await folder.run('ps', ['-A', '-o', 'pgid=,stat=']);
    return new RegExp(`^ *${group} +[^Z\\s]`, 'm').test(new TextDecoder().decode(stdout));
  };
  while (await isThere());
}

async function render(command = renderer()) {
  const { code, stdout, stderr } = await folder.seal(['check', '--json', '--render', command]);
  expect(stderr).toBe('');
  const { findings } = JSON.parse(stdout) as {
    findings: { file: string; line: number; code: string; message: string }[];
  };
  return { code, findings: findings.map(({ file, line, code, message }) => `${file}:${line} ${code} ${message}`) };
}

describe('every Kustomization', () => {
  it('that nothing takes in is rendered, and its objects checked for what they are called', async () => {
    write('base/kustomization.yaml', 'resources: [db.yaml]\n');
    write('base/db.yaml', sealedFor('shop/db'));
    write('part/kustomization.yaml', 'kind: Component\n');
    write('prod/kustomization.yaml', 'resources: [../base]\ncomponents: [../part]\n');
    write('prod/output', sealedFor('shop/db', 'db', 'prod'));
    write('fine/kustomization.yml', 'resources: [../base]\n');
    write('fine/output', sealedFor('shop/db'));
    const { code, findings } = await render();
    expect(findings).toEqual([
      'prod/kustomization.yaml:1 SW105 SealedSecret prod/db: password: sealed for shop/db, and would have to open as prod/db (line 11 of what it renders)',
    ]);
    expect(code).toBe(3);
    expect((await folder.seal(['check'])).code).toBe(0);
  });

  it('that cannot be rendered is told of, with the last line of what the renderer said', async () => {
    for (const name of ['a', 'b', 'c']) write(`${name}/kustomization.yaml`, 'resources: []\n');
    write('a/fail', '');
    write('b/output', 'a: [');
    write('c/output', sealedFor('x/y'));
    const { findings } = await render();
    expect(findings).toEqual([
      'a/kustomization.yaml:1 SW208 cannot be rendered: Error: \ufffd[31mno base',
      expect.stringMatching(/^b\/kustomization.yaml:1 SW208 cannot be rendered: what it prints is no YAML/),
      expect.stringMatching(/^c\/kustomization.yaml:1 SW105 /),
    ]);
    const { stdout } = await folder.seal(['check', '--render', './render.sh build {dir}']);
    expect(stdout).not.toContain('\u001b');
  });

  it('that is rendered without end is told of, and the others are checked', async () => {
    for (const name of ['a', 'b']) write(`${name}/kustomization.yaml`, 'resources: []\n');
    write('b/output', sealedFor('x/y'));
    write('loud.sh', '#!/bin/sh\n[ "$1" = ./b ] && exec cat b/output\nexec yes "a: b"\n');
    chmodSync(join(folder.path, 'loud.sh'), 0o755);
    expect((await render('./loud.sh {dir}')).findings).toEqual([
      expect.stringMatching(/^a\/kustomization.yaml:1 SW208 cannot be rendered: .* prints more than 64 MiB$/),
      expect.stringMatching(/^b\/kustomization.yaml:1 SW105 /),
    ]);
  });

  it('that is never rendered to its end is ended with all that it started, and told of with its command', async () => {
    for (const name of ['it hangs', 'b']) write(`${name}/kustomization.yaml`, 'resources: []\n');
    write('b/output', sealedFor('x/y'));
    // The shell that hangs has started another, which holds its output, and neither minds being asked to end.
    write(
      'slow.sh',
      '#!/bin/sh\n[ "$1" = ./b ] && exec cat b/output\ntrap \'\' TERM INT HUP\n(echo $$ > started; exec sleep 1000) &\nwait\n',
    );
    chmodSync(join(folder.path, 'slow.sh'), 0o755);
    const clock = new FakeClock(today);
    const called = folder.seal(['check', '--json', '--render', './slow.sh {dir}', '--render-timeout', '90s'], {
      clock,
    });
    const group = await started();
    // The other one has ended: one timer is left.
    await expect.poll(() => clock.waiting).toBe(1);
    await clock.advance(89_999);
    expect(() => process.kill(-group, 0)).not.toThrow();
    await clock.advance(1);
    const { code, stdout, stderr } = await called;
    expect([code, stderr, clock.waiting]).toEqual([3, '', 0]);
    expect(JSON.parse(stdout).findings).toMatchObject([
      { file: 'b/kustomization.yaml', code: 'SW105' },
      {
        ...{ file: 'it hangs/kustomization.yaml', line: 1, code: 'SW208', severity: 'error' },
        message: 'cannot be rendered: ./slow.sh has not ended after 90s',
        hint: "see what it waits for: ./slow.sh './it hangs'; if it only takes long, give it more time with --render-timeout",
      },
    ]);
    await ended(group);
  });

  it('is given up at once when the command is interrupted', async () => {
    write('a/kustomization.yaml', 'resources: []\n');
    write('slow.sh', "#!/bin/sh\ntrap '' TERM INT HUP\n(echo $$ > started; exec sleep 1000) &\nwait\n");
    chmodSync(join(folder.path, 'slow.sh'), 0o755);
    const interruption = new AbortController();
    const called = folder.seal(['check', '--render', './slow.sh {dir}'], { signal: interruption.signal });
    const group = await started();
    interruption.abort();
    expect(await called).toMatchObject({ code: 130, stdout: '' });
    await ended(group);
  });

  it.each(['0s', '-1s', '5', 'soon', '999999h'])('cannot take %s', async (duration) => {
    const { code, stderr } = await folder.seal(['check', '--render', 'x {dir}', '--render-timeout', duration]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(`--render-timeout cannot be "${duration}"`)]);
  });

  it('is rendered without a shell, whatever its folder is called', async () => {
    for (const name of ['-rf', '$(touch owned)', 'a b;touch owned', "it's"]) {
      write(`${name}/kustomization.yaml`, 'resources: []\n');
      write(`${name}/output`, sealedFor('shop/db'));
    }
    expect(await render()).toEqual({ code: 0, findings: [] });
    const { stdout } = await folder.run('cat', ['calls']);
    expect(new TextDecoder().decode(stdout).split('\n').sort()).toEqual([
      '',
      'build ./$(touch owned)',
      'build ./-rf',
      'build ./a b;touch owned',
      "build ./it's",
    ]);
    expect((await folder.run('ls', ['owned'])).code).not.toBe(0);
  });

  it('needs a renderer that is there', async () => {
    write('a/kustomization.yaml', 'resources: []\n');
    const { code, stderr } = await folder.seal(['check', '--render', 'no-such-program {dir}']);
    expect(code).toBe(1);
    expect(stderr).toContain('no-such-program cannot be found');
  });
});

describe('a renderer', () => {
  it('is a program and its arguments', () => {
    expect(parseRenderer(`kustomize build --enable-helm '{dir}' "a b"`)).toEqual([
      ...['kustomize', 'build', '--enable-helm', '{dir}', 'a b'],
    ]);
    expect(parseRenderer('x --load={dir}/sub')).toEqual(['x', '--load={dir}/sub']);
  });

  it.each([
    'kustomize build {dir} | tee x',
    'a {dir}; b',
    'a $(b) {dir}',
    'a {dir} > x',
    'a {dir} && b',
    "a 'b {dir}",
    'a *{dir}',
  ])('%s is more than that', (command) => expect(() => parseRenderer(command)).toThrow(/no other words of a shell/));

  it.each(['', '  ', 'kubectl kustomize'])('"%s" is less', (command) => {
    expect(() => parseRenderer(command)).toThrow(/--render (?:is empty|does not say)/);
  });
});
