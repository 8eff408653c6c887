// What a command that is printed needs to reach the cluster that this call asked, as whom it asked, and not the one that is current by then.

import { shellWord } from '../src/shell-words.ts';
import type { ClusterOptions } from './cluster.ts';

type ReachOptions = Omit<ClusterOptions, 'controllerName' | 'controllerNamespace' | 'requestTimeout'>;

// Not the namespace, which a command that needs one has, and not --proxy-url, which kubectl does not take.
const flags: Readonly<Record<string, (options: ReachOptions) => string | boolean | readonly string[] | undefined>> = {
  kubeconfig: ({ kubeconfig }) => kubeconfig,
  context: ({ context }) => context,
  cluster: ({ cluster }) => cluster,
  user: ({ user }) => user,
  server: ({ server }) => server,
  'tls-server-name': ({ tlsServerName }) => tlsServerName,
  'certificate-authority': ({ certificateAuthority }) => certificateAuthority,
  'insecure-skip-tls-verify': ({ insecureSkipTlsVerify }) => insecureSkipTlsVerify,
  'client-certificate': ({ clientCertificate }) => clientCertificate,
  'client-key': ({ clientKey }) => clientKey,
  username: ({ username }) => username,
  as: ({ as }) => as,
  'as-uid': ({ asUid }) => asUid,
  'as-group': ({ asGroup }) => asGroup,
  // A secret is never shown: whoever pastes it has to put it in again.
  token: ({ token }) => token && 'TOKEN',
  password: ({ password }) => password && 'PASSWORD',
};

/**
 * ` --kubeconfig FILE --context NAME`, as kubectl and seal take them; empty where nothing was chosen. The others stand there only where the
 * call had them, and `seal kubeseal` alone takes those.
 */
export function reachOf(options: ReachOptions): string {
  return Object.entries(flags)
    .flatMap(([name, valueIn]) => {
      const value = valueIn(options);
      if (value === true) return ` --${name}`;
      return [value || []].flat().map((each) => ` --${name} ${shellWord(each)}`);
    })
    .join('');
}

/** The same with the flags that choose a controller, as `seal` alone takes them. */
export function controllerReachOf({ controllerName, controllerNamespace, ...options }: ClusterOptions): string {
  const controller = { 'controller-name': controllerName, 'controller-namespace': controllerNamespace };
  const words = Object.entries(controller).map(([name, value]) => (value ? ` --${name} ${shellWord(value)}` : ''));
  return reachOf(options) + words.join('');
}
