// What a kubeconfig may hold where: wrong types are told by name, and no value is shown.

import { describe, expect, test, vi } from 'vitest';
import { parseKubeconfig } from '../../../src/kube/kubeconfig.ts';

const problemOf = async (user: string, cluster = '') => {
  const text = `clusters: [{name: c, cluster: {server: "https://h"${cluster}}}]\nusers:\n- name: u\n  user: ${user}\n`;
  return parseKubeconfig(text, '/k').then(
    () => undefined,
    ({ code, message }) => `${code} ${message}`,
  );
};

describe('a field of a kubeconfig', () => {
  test.each([
    ['{token: 0123}', 'KUBE_CONFIG /k: user u.token is not text'],
    ['hunter2', 'KUBE_CONFIG /k: user u is not an object'],
    ['{exec: hunter2}', 'KUBE_CONFIG /k: user u.exec is not an object'],
    ['{exec: {command: 5}}', 'KUBE_CONFIG /k: user u.exec.command is not text'],
    ['{exec: {command: sh, args: hunter2}}', 'KUBE_CONFIG /k: user u.exec.args is not a list'],
    ['{exec: {command: sh, args: [a, 1]}}', 'KUBE_CONFIG /k: user u.exec.args[1] is not text'],
    ['{exec: {command: sh, env: {A: hunter2}}}', 'KUBE_CONFIG /k: user u.exec.env is not a list'],
    ['{as: b, as-groups: hunter2}', 'KUBE_CONFIG /k: user u.as-groups is not a list'],
    ['{as: b, as-user-extra: {a: [1]}}', 'KUBE_CONFIG /k: user u.as-user-extra.a[0] is not text'],
    ['{auth-provider: {name: oidc, config: {a: {}}}}', 'KUBE_CONFIG /k: user u.auth-provider.config.a is not text'],
  ])('of the wrong type is refused: %s', async (user, problem) => {
    expect(await problemOf(user)).toBe(problem);
  });

  test.each(['{}', '', '{token: null, exec: null, as-groups: null}', '{unknown: [1], __proto__: 5}'])(
    'may be absent, null or unknown: %j',
    async (user) => {
      expect(await problemOf(user)).toBeUndefined();
    },
  );

  test('in quotes turns no verification off', async () => {
    expect(await problemOf('{}', ', insecure-skip-tls-verify: "false"')).toContain('is not true or false');
  });

  test('that is a template is an error, and nothing of it is printed', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    expect(await problemOf('{token: {{ hunter2 }}}')).toBe('KUBE_CONFIG the kubeconfig /k is not valid YAML (line 4)');
    await problemOf('{token: !vault hunter2}');
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });
});
