// `seal init` in repositories that have something already: hooks, attributes, settings, CI, a configuration.

import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Choice, Questions } from '../../cli/questions.ts';
import { SealError } from '../../src/errors.ts';
import { Folder } from './harness.ts';

let folder: Folder;
const write = (path: string, text: string) => {
  mkdirSync(dirname(join(folder.path, path)), { recursive: true });
  writeFileSync(join(folder.path, path), text);
};
const textOf = (path: string) => readFileSync(join(folder.path, path), 'utf8');
const isThere = (path: string) => existsSync(join(folder.path, path));
const git = async (...args: string[]) => new TextDecoder().decode((await folder.run('git', args)).stdout);
const init = (...argv: string[]) => folder.seal(['init', '--yes', ...argv]);
const withCert = ['--cert', 'production=certs/rsa2048.crt'];

beforeEach(async () => {
  folder = new Folder();
  await git('init', '--quiet');
  mkdirSync(join(folder.path, 'environments/production'), { recursive: true });
});
afterEach(() => folder.remove());

describe('the name of a cluster', () => {
  test('that is nearly one of an environment is asked about', async () => {
    const { code, stderr } = await init('--cert', 'prodution=certs/rsa2048.crt');
    expect(code).toBe(0);
    expect(stderr).toContain(
      'warning: prodution is no environment of the repository\nhint: did you mean production?\n',
    );
    expect((await init(...withCert)).stderr).not.toContain('no environment');
  });

  test('without its context is not enough', async () => {
    const { code, stderr } = await init('--fetch', 'production');
    expect(code).toBe(2);
    expect(stderr).toMatch(/^seal: --fetch is CLUSTER=CONTEXT\nhint: kubectl config get-contexts lists the contexts$/m);
  });
});

describe('a hook of somebody else', () => {
  test('stays as it is, and it is said how to add ours; once added it is found', async () => {
    write('.git/hooks/pre-commit', '#!/bin/sh\nexec lint\n');
    const { code, stderr } = await init();
    expect([code, textOf('.git/hooks/pre-commit')]).toEqual([0, '#!/bin/sh\nexec lint\n']);
    expect(stderr).toMatch(/pre-commit is there already and stays as it is: add this line to it: seal scan --staged/);
    write('.git/hooks/pre-commit', '#!/bin/sh\nseal scan --staged || exit $?\nexec lint\n');
    expect((await init()).stderr).not.toMatch(/pre-commit is there already/);
  });

  test.each([
    ['.pre-commit-config.yaml', 'repos: []\n', /pre-commit keeps the hooks.*entry: seal scan --staged/],
    ['.husky/pre-commit', 'npm test\n', /husky keeps the hooks.*line of \.husky\/pre-commit/],
    ['lefthook.yml', 'pre-commit: {}\n', /lefthook keeps the hooks/],
  ])('that %s stands for is left to its program', async (file, text, says) => {
    write(file, text);
    const { stderr } = await init();
    expect(stderr).toMatch(says);
    expect([textOf(file), isThere('.git/hooks/pre-commit')]).toEqual([text, false]);
  });

  test('of all repositories of this user is left alone', async () => {
    const elsewhere = new Folder();
    await git('config', 'core.hooksPath', elsewhere.path);
    expect((await init()).stderr).toMatch(/core\.hooksPath is .*, outside of this repository/);
    expect(existsSync(join(elsewhere.path, 'pre-commit'))).toBe(false);
    elsewhere.remove();
  });

  test('has a folder in the repository: ours goes there too', async () => {
    await git('config', 'core.hooksPath', '.githooks');
    await init();
    expect(textOf('.githooks/pre-commit')).toContain('seal scan --staged');
    expect(statSync(join(folder.path, '.githooks/pre-commit')).mode & 0o111).not.toBe(0);
  });
});

describe('what is there', () => {
  test('in .gitattributes stays, with its line ends', async () => {
    write('.gitattributes', '*.png binary\r\n*.sh text');
    await init();
    const lines = ['yaml', 'yml'].map((end) => `environments/production/**/*.${end} diff=seal merge=seal\r\n`);
    expect(textOf('.gitattributes')).toBe(`*.png binary\r\n*.sh text\r\n${lines.join('')}`);
  });

  test('as a setting of Git stays, and is told', async () => {
    await git('config', 'diff.seal.textconv', 'mine');
    expect((await init()).stderr).toMatch(/diff\.seal\.textconv is "mine" and stays as it is/);
    expect(await git('config', '--get', 'diff.seal.textconv')).toBe('mine\n');
  });

  test('as a folder that no cluster can be called like is left out, in one line, and the others are not', async () => {
    for (const name of ['prod eu', 'line\nend']) mkdirSync(join(folder.path, 'environments', name));
    const { code, stderr } = await init(...withCert);
    expect(code).toBe(0);
    expect(stderr.split('\n').filter((line) => line.includes('left out'))).toEqual([
      expect.stringMatching(
        /^warning: left out \$'environments\/line\\nend' and 'environments\/prod eu': the name of a cluster has letters, digits, "-", "_" and "\."$/,
      ),
    ]);
    expect(stderr).toMatch(/^found environments\/production$/m);
    expect(textOf('.sealwright.yaml')).not.toMatch(/prod eu|line/);
  });

  test('as a configuration keeps its rules; what they do not cover is told, and certificates are pinned', async () => {
    const text = 'version: 1 # ours\nclusters: {old: {certificates: [certs/rsa2048.crt]}}\nrules: []\n';
    write('.sealwright.yaml', text);
    const { code, stderr } = await init('--cert', 'edge=certs/second2048.crt');
    expect(code).toBe(0);
    expect(stderr).toMatch(/warning: no rule of \.sealwright\.yaml covers environments\/production\n/);
    expect(textOf('.sealwright.yaml')).toBe(
      text.replace(']}}', ']}, edge: {certificates: [clusters/edge/sealing.pem]}}'),
    );
  });

  test('as a configuration with a mistake stops everything', async () => {
    write('.sealwright.yaml', 'version: 2\n');
    const before = folder.snapshot();
    expect((await init()).code).toBe(1);
    expect(folder.snapshot()).toEqual(before);
  });

  test('as what a call that was killed left beside a certificate makes no environment', async () => {
    write('clusters/edge/.seal-4dced187-3b22.tmp', textOf('certs/rsa2048.crt'));
    write('clusters/edge/sealing.pem', textOf('certs/rsa2048.crt'));
    await init();
    expect(textOf('.sealwright.yaml')).not.toContain('edge');
  });

  test('as a sealing certificate of a cluster is named, and that of an authority is not', async () => {
    write('clusters/production/pub-sealed-secrets.pem', textOf('certs/rsa2048.crt'));
    write('clusters/staging/kustomization.yaml', 'resources: []\n');
    write('clusters/staging/ca.pem', textOf('certs/rsa2048.crt'));
    await init();
    expect(textOf('.sealwright.yaml')).toContain('certificates: [clusters/production/pub-sealed-secrets.pem]');
    expect(textOf('.sealwright.yaml')).toContain('certificates: [clusters/staging/sealing.pem]');
  });

  test.each([
    ['.github/dependabot.yml', '.github/workflows/sealwright.yml'],
    ['.gitlab-ci.yml', '.gitlab/sealwright.yml'],
    ['Jenkinsfile', 'ci/sealwright.groovy'],
  ])('as CI (%s) gets a file of its own', async (sign, file) => {
    write(sign, 'theirs\n');
    await init();
    expect([textOf(sign), isThere(file)]).toEqual(['theirs\n', true]);
  });
});

test.each([
  ['clusters', 'certs'],
  ['.gitattributes', 'mine'],
  ['.sealwright.yaml', 'none'],
  ['.github', 'certs'],
])('nothing is written through a link (%s) that leads out of the repository', async (name, to) => {
  const elsewhere = new Folder();
  writeFileSync(join(elsewhere.path, 'mine'), '# mine\n');
  symlinkSync(join(elsewhere.path, to), join(folder.path, name));
  const before = elsewhere.snapshot();
  expect(await init(...withCert)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/leads (?:out of the repo|to \S+\/none$)/m),
  });
  expect([elsewhere.snapshot(), isThere('.sealwright.yaml'), isThere('.git/hooks/pre-commit')]).toEqual([
    before,
    false,
    false,
  ]);
  elsewhere.remove();
});

test('a folder that holds nothing but a certificate is no environment: a second time changes nothing', async () => {
  await init(...withCert);
  const before = folder.snapshot();
  expect(await init(...withCert)).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/^found environments\/production\n[\s\S]*nothing was changed: all of it is there\n/),
  });
  expect(folder.snapshot()).toEqual(before);
});

test('names of folders that no cluster can have are no environments', async () => {
  for (const name of ['-x', 'prod env', '[a]', '{b}', 'ü', 'a\nb']) mkdirSync(join(folder.path, 'environments', name));
  expect(await init()).toMatchObject({ code: 0, stderr: expect.stringMatching(/^found environments\/production\n/) });
});

describe('what is left out', () => {
  test('is not done', async () => {
    await init('--no-hook', '--no-diff', '--ci', 'none');
    expect([isThere('.git/hooks/pre-commit'), isThere('.gitattributes'), isThere('.sealwright.yaml')]).toEqual([
      false,
      false,
      true,
    ]);
    expect((await folder.run('git', ['config', '--get-regexp', 'seal'])).code).toBe(1);
  });

  test('by a place without Git is all but the configuration', async () => {
    const outside = new Folder();
    mkdirSync(join(outside.path, 'clusters/one'), { recursive: true });
    const { code, stderr } = await outside.seal(['init', '--yes']);
    expect([code, stderr]).toEqual([0, expect.stringContaining('this is no Git work tree')]);
    expect(readFileSync(join(outside.path, '.sealwright.yaml'), 'utf8')).toContain('clusters/one/**');
    outside.remove();
  });
});

describe('a mistake', () => {
  test.each([
    ['no certificate there', ['--cert', 'production=none.pem'], 1, /no such file: none\.pem/],
    ['an expired one', ['--cert', 'production=certs/expired.crt'], 1, /certs\/expired\.crt: the certificate expired/],
    ['a name that is none', ['--cert', '-x=certs/rsa2048.crt'], 2, /"-x" cannot be the name of a cluster/],
    ['a context that is none', ['--fetch', 'production=nowhere'], 4, /no context|nowhere/],
    ['two certificates', [...withCert, ...withCert], 2, /production has two certificates/],
  ])('(%s) changes nothing', async (_, argv, code, says) => {
    const before = folder.snapshot();
    const outcome = await init(...argv);
    expect([outcome.code, outcome.stderr]).toEqual([code, expect.stringMatching(says)]);
    expect(folder.snapshot()).toEqual(before);
  });

  test('(no environment at all) says how to do without; one cluster then has it all', async () => {
    const empty = new Folder();
    expect(await empty.seal(['init', '--yes'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--cert NAME=FILE'),
    });
    await empty.seal(['init', '--yes', ...withCert]);
    expect(readFileSync(join(empty.path, '.sealwright.yaml'), 'utf8')).toContain(
      'path: "**"\n    cluster: production\n',
    );
    empty.remove();
  });

  test.each([
    ['.gitattributes', 'a folder where a file belongs', (path: string) => mkdirSync(path)],
    ['.github', 'a file where a folder belongs', (path: string) => writeFileSync(path, '')],
  ])('(%s is %s) leaves everything as it was', async (name, _, make) => {
    make(join(folder.path, name));
    const before = folder.snapshot();
    expect(await init(...withCert)).toMatchObject({ code: 1, stderr: expect.stringContaining(name) });
    expect(folder.snapshot()).toEqual(before);
  });
});

describe('questions', () => {
  /** Gives up at the first one that has no answer left; remembers what was offered. */
  class Answers implements Questions {
    readonly offered: string[][] = [];
    readonly asked: string[] = [];
    readonly #answers: string[];
    constructor(...answers: string[]) {
      this.#answers = answers;
    }
    #next(question: string): string {
      this.asked.push(question);
      const answer = this.#answers.shift();
      if (answer === undefined) throw new SealError('INTERRUPTED', 'interrupted');
      return answer;
    }
    async confirm(question: string) {
      return this.#next(question) === 'yes';
    }
    async choose<T extends string>(question: string, choices: readonly Choice<T>[]) {
      this.offered.push(choices.map(({ value }) => value));
      return this.#next(question) as T;
    }
    async text(question: string) {
      return this.#next(question);
    }
  }
  const ask = (questions: Questions, ...argv: string[]) =>
    folder.seal(['init', ...argv], { questions, env: { NO_COLOR: '1' }, terminal: { in: true, err: true } });
  const kubeconfig = `apiVersion: v1
kind: Config
current-context: stage
contexts: [{name: prod, context: {cluster: none}}, {name: stage, context: {cluster: none}}]
`;

  test('offer the contexts of the kubeconfig, the current one first; one that does not answer is asked about again', async () => {
    write('.kube/config', kubeconfig);
    const answers = new Answers('context stage', 'later', 'no', 'no', 'none');
    const { code, stderr } = await ask(answers);
    expect(code).toBe(0);
    const choices = ['context stage', 'context prod', 'file', 'later'];
    expect(answers.offered.slice(0, 2)).toEqual([choices, choices]);
    expect(stderr).toMatch(/^seal: the kubeconfig has no cluster named none$/m);
    expect([isThere('.sealwright.yaml'), isThere('.gitattributes'), isThere('.git/hooks/pre-commit')]).toEqual([
      true,
      false,
      false,
    ]);
  });

  test('go on without a kubeconfig that is damaged', async () => {
    write('.kube/config', '{');
    const answers = new Answers('file', 'certs/rsa2048.crt', 'yes', 'yes', 'gitlab');
    expect(await ask(answers)).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/warning: the kubeconfig .* YAML/),
    });
    expect(answers.offered[0]).toEqual(['file', 'later']);
    expect([isThere('.gitlab/sealwright.yml'), isThere('clusters/production/sealing.pem')]).toEqual([true, true]);
  });

  test.each([0, 1, 2, 3])('given up after %i answers have written nothing', async (count) => {
    const before = folder.snapshot();
    const answers = new Answers(...['file', 'certs/rsa2048.crt', 'yes', 'yes'].slice(0, count));
    expect((await ask(answers)).code).toBe(130);
    expect(folder.snapshot()).toEqual(before);
  });

  test('ask for the name of the cluster where there is no environment', async () => {
    const empty = new Folder();
    const answers = new Answers('home', 'later');
    const { code } = await empty.seal(['init'], { questions: answers, terminal: { in: true, err: true } });
    expect([code, answers.asked[0]]).toEqual([0, expect.stringContaining('Name of the cluster')]);
    expect(readFileSync(join(empty.path, '.sealwright.yaml'), 'utf8')).toContain('path: "**"\n    cluster: home\n');
    empty.remove();
  });
});

test('a configuration that is a link out of the repository is the one that is there, and is not written', async () => {
  const elsewhere = new Folder();
  elsewhere.write('rules.yaml', 'version: 1\n');
  symlinkSync(join(elsewhere.path, 'rules.yaml'), join(folder.path, '.sealwright.yaml'));
  const { code, stderr } = await init(...withCert);
  expect([code, stderr]).toEqual([1, expect.stringContaining('.sealwright.yaml is there and keeps its rules\n')]);
  expect(stderr).toContain('.sealwright.yaml leads out of the repository');
  elsewhere.remove();
});
