// What benchmarks of VaultStaticSecrets need beside a cluster: our kinds in it, a login by kubernetes, and a great many of them.
import { setTimeout as pause } from 'node:timers/promises';
import { trustServiceAccounts } from '../../test/e2e/support/kubernetes-auth.mjs';
import { vaultWith } from './external.mjs';
import { inParallel, must, namespace } from './stage.mjs';

const kinds = ['vaultconnections', 'vaultauths', 'vaultauthglobals', 'vaultstaticsecrets', 'secrettransformations'];
const core = `/api/v1/namespaces/${namespace}`;
const group = `/apis/secrets.hashicorp.com/v1beta1/namespaces/${namespace}`;
const [staticPath, account] = [`${group}/vaultstaticsecrets`, 'vault'];
const policy = '{ capabilities = ["read"] }';

/** How often each is read. */
const refreshAfter = '30s';

/** @typedef {Awaited<ReturnType<typeof staticStage>>} StaticStage */

/**
 * Makes a cluster ready for the family.
 * @param {import('./stage.mjs').Stage} on @param {string[]} [others] further kinds that the controller serves
 */
export async function staticStage(on, others = []) {
  const { cluster } = on;
  const post = (path, body) => must(cluster, 'POST', path, body);
  if ((await cluster.api('GET', staticPath)).status === 404) {
    for (const name of kinds) await cluster.applyDeploy(`crds/${name}.yaml`);
    await cluster.applyDeploy('rbac/vault-static-secrets.yaml');
    // Definitions that were just made are served a moment later.
    for (const name of kinds) while ((await cluster.api('GET', `${group}/${name}`)).status !== 200) await pause(50);
    await post(`${core}/serviceaccounts`, { metadata: { name: account } });
  }
  return {
    ...on,
    /**
     * VaultConnection and VaultAuth `vault`, to `address` over TLS where there is an `authority`.
     * @param {string} address @param {string} [authority] PEM
     */
    async connect(address, authority) {
      const secret = { metadata: { name: 'vault-ca' }, stringData: { 'ca.crt': authority } };
      if (authority) await post(`${core}/secrets`, secret);
      const connection = { address, ...(authority && { caCertSecretRef: 'vault-ca' }) };
      await post(`${group}/vaultconnections`, object('VaultConnection', account, connection));
      const kubernetes = { role: account, serviceAccount: account };
      const auth = { vaultConnectionRef: account, method: 'kubernetes', mount: 'kubernetes', kubernetes };
      await post(`${group}/vaultauths`, object('VaultAuth', account, auth));
    },
    createStatic: (objects) => inParallel(objects, (body) => post(staticPath, body)),
    /** @param {any} body */
    createSecret: (body) => post(on.secretsPath, body),
    startController: (...flags) =>
      on.startController(['--kinds', ['sealedsecrets', 'vaultstaticsecrets', ...others].join(), ...flags]),
    /** Takes away all that `connect` and `createStatic` made, and the Secrets; for while no controller runs. */
    async clear() {
      for (const name of kinds) await must(cluster, 'DELETE', `${group}/${name}`);
      await on.clear();
    },
  };
}

/** VaultStaticSecrets `app-0` and so on, each of its own path. @param {number} count */
export function staticSecrets(count) {
  return Array.from({ length: count }, (_, index) =>
    object('VaultStaticSecret', `app-${index}`, {
      ...{ vaultAuthRef: account, mount: 'secret', path: `remote-${index}`, type: 'kv-v2', refreshAfter },
      destination: { name: `app-${index}`, create: true },
    }),
  );
}

const object = (kind, name, spec) => ({
  apiVersion: 'secrets.hashicorp.com/v1beta1',
  kind,
  metadata: { name, namespace },
  spec,
});

/** An OpenBao with `count` secrets under `secret/`, read by the service account that `connect` names. @param {StaticStage} on @param {number} count */
export async function staticVault(on, count) {
  const bao = await vaultWith(count);
  await bao.policy('static', ['data', 'metadata'].map((part) => `path "secret/${part}/*" ${policy}`).join('\n'));
  await trustServiceAccounts(on.cluster, bao);
  const bound = { bound_service_account_names: [account], bound_service_account_namespaces: [namespace] };
  await bao.ok('POST', `auth/kubernetes/role/${account}`, { ...bound, token_policies: ['static'], token_ttl: '20m' });
  return bao;
}

/** The store of an ExternalSecret that logs in just so. @param {string} server */
export const sameIdentity = (server) => ({
  vault: {
    ...{ server, path: 'secret', version: 'v2' },
    auth: { kubernetes: { mountPath: 'kubernetes', role: account, serviceAccountRef: { name: account, namespace } } },
  },
});
