// The namespace of the current context, from kubeconfig files alone.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Context } from '../../cli/context.ts';
import { defaultNamespace } from '../../cli/default-namespace.ts';
import { Files } from '../../cli/files.ts';
import { Folder } from './harness.ts';

let folder: Folder;
beforeEach(() => {
  folder = new Folder();
});
afterEach(() => folder.remove());

const context = (env: Record<string, string>) =>
  ({
    env: { HOME: folder.path, ...env },
    files: new Files({ cwd: folder.path, random: () => '' }),
  }) as unknown as Context;
const config = (name: string, namespace?: string) =>
  `current-context: ${name}\ncontexts: [{name: ${name}, context: {cluster: c${namespace ? `, namespace: ${namespace}` : ''}}}, {name: other, context: {namespace: elsewhere}}]\n`;

test('is the one of the current context', async () => {
  mkdirSync(join(folder.path, '.kube'));
  writeFileSync(join(folder.path, '.kube', 'config'), config('work', 'shop'));
  expect(await defaultNamespace(context({}))).toEqual({ namespace: 'shop', from: 'the kubeconfig' });
  expect(await defaultNamespace(context({}), { context: 'other' })).toEqual({
    namespace: 'elsewhere',
    from: 'the kubeconfig',
  });
});

test('is read from all files of KUBECONFIG, the first one first', async () => {
  writeFileSync(join(folder.path, 'a'), 'current-context: work\n');
  writeFileSync(join(folder.path, 'b'), config('work', 'shop'));
  expect(await defaultNamespace(context({ KUBECONFIG: 'a:none:b' }))).toMatchObject({ namespace: 'shop' });
});

test('is default where the context names none or no file can be read', async () => {
  writeFileSync(join(folder.path, 'a'), config('work'));
  writeFileSync(join(folder.path, 'broken'), '{{{');
  for (const KUBECONFIG of ['a', 'broken', 'none']) {
    expect(await defaultNamespace(context({ KUBECONFIG }))).toMatchObject({ namespace: 'default' });
  }
});

test('is a guess where no kubeconfig knows the context', async () => {
  writeFileSync(join(folder.path, 'a'), config('work', 'shop'));
  writeFileSync(join(folder.path, 'b'), config('work', 'shop').replace('current-context: work\n', ''));
  writeFileSync(join(folder.path, 'c'), 'contexts: [');
  const guess = { namespace: 'default', from: "kubectl's default", isGuess: true };
  expect(await defaultNamespace(context({ KUBECONFIG: 'a' }), { context: 'nobody' })).toEqual(guess);
  for (const KUBECONFIG of ['b', 'c']) expect(await defaultNamespace(context({ KUBECONFIG }))).toEqual(guess);
  writeFileSync(join(folder.path, 'd'), config('work'));
  expect(await defaultNamespace(context({ KUBECONFIG: 'd' }))).not.toHaveProperty('isGuess');
});

test('is a guess where there is neither a kubeconfig nor a pod', async () => {
  expect(await defaultNamespace(context({}))).toMatchObject({ namespace: 'default', isGuess: true });
});

test("is the pod's inside a pod without a kubeconfig", async () => {
  expect(await defaultNamespace(context({ POD_NAMESPACE: 'in-pod' }))).toEqual({
    namespace: 'in-pod',
    from: 'the pod',
  });
});
