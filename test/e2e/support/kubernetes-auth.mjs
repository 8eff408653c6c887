// Makes an OpenBao trust the service accounts of a real cluster, by its method `kubernetes`.

/**
 * Enables `auth/kubernetes`; roles are the caller's. Tokens are looked up as a service account of a namespace of its own.
 * @param {import('./client.mjs').Client} cluster @param {import('./openbao.mjs').OpenBao} bao
 */
export async function trustServiceAccounts(cluster, bao) {
  const namespace = await cluster.freshNamespace('reviewer');
  await cluster.api('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, {
    body: { metadata: { name: 'reviewer' } },
  });
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:auth-delegator' };
  const subjects = [{ kind: 'ServiceAccount', name: 'reviewer', namespace }];
  await cluster.api('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    body: { metadata: { name: namespace }, roleRef, subjects },
  });
  const { body } = await cluster.api('POST', `/api/v1/namespaces/${namespace}/serviceaccounts/reviewer/token`, {
    body: { spec: { expirationSeconds: 3600 } },
  });
  await bao.enableAuth('kubernetes');
  await bao.ok('POST', 'auth/kubernetes/config', {
    kubernetes_host: cluster.url,
    kubernetes_ca_cert: cluster.tls.ca,
    token_reviewer_jwt: body.status.token,
  });
}
