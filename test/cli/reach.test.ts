// Commands that are printed reach the cluster that was asked, as whom it was asked.

import { expect, test } from 'vitest';
import { controllerReachOf, reachOf } from '../../cli/reach.ts';
import { Folder } from './harness.ts';

test('nothing is said where nothing was chosen', () => {
  expect(reachOf({ kubeconfig: undefined, context: '', asGroup: [], insecureSkipTlsVerify: false })).toBe('');
});

test('what was chosen is said as kubectl takes it, quoted for a shell', () => {
  expect(reachOf({ kubeconfig: 'my config', context: 'prod' })).toBe(" --kubeconfig 'my config' --context prod");
  expect(
    reachOf({
      server: 'https://a:6443',
      as: 'jane',
      asGroup: ['x', 'y z'],
      insecureSkipTlsVerify: true,
      user: 'u',
      cluster: 'c',
    }),
  ).toBe(
    " --cluster c --user u --server https://a:6443 --insecure-skip-tls-verify --as jane --as-group x --as-group 'y z'",
  );
});

test('no secret is said, and that there was one is', () => {
  expect(reachOf({ token: 's3cret', username: 'jane', password: 'hunter2' })).toBe(
    ' --username jane --token TOKEN --password PASSWORD',
  );
});

test('the controller that was chosen is said to commands of ours', () => {
  expect(controllerReachOf({ context: 'prod', controllerName: 'sealer', controllerNamespace: 'security' })).toBe(
    ' --context prod --controller-name sealer --controller-namespace security',
  );
});

test('a certificate that is not there is fetched from the controller that the call names', async () => {
  const folder = new Folder();
  const argv = ['create', 'db', '-n', 'a', '--from-literal', 'a=b', '--cert', 'my pin.pem', '--context', 'prod'];
  const { stderr } = await folder.seal([...argv, '--controller-namespace', 'security']);
  expect(stderr).toContain("; seal cert --context prod --controller-namespace security > 'my pin.pem' fetches ");
  folder.remove();
});
