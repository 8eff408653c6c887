// What a fresh cluster holds, and the objects that appear with every namespace.

import type { KubeObject } from '../kube/objects.ts';
import { completeBuiltIn } from './built-in.ts';
import type { Cluster } from './cluster.ts';

/** Puts in the namespaces and roles every cluster has, and gives each namespace its default service account. */
export function seed(cluster: Cluster): void {
  const { store } = cluster;
  store.subscribe(({ collection, type, object }) => {
    const { name = '', deletionTimestamp } = object.metadata;
    if (collection !== '/namespaces' || type === 'DELETED' || deletionTimestamp) return;
    if (store.get('/serviceaccounts', name, 'default')) return;
    add(cluster, '/serviceaccounts', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default', namespace: name },
    });
  });
  for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease']) {
    add(cluster, '/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const everything = [
    { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
    { nonResourceURLs: ['*'], verbs: ['*'] },
  ];
  const role = { apiVersion, kind: 'ClusterRole', metadata: { name: 'cluster-admin' }, rules: everything };
  add(cluster, 'rbac.authorization.k8s.io/clusterroles', role);
}

function add(cluster: Cluster, collection: string, object: KubeObject): void {
  completeBuiltIn(object);
  const metadata = { ...object.metadata, uid: crypto.randomUUID(), creationTimestamp: cluster.time() };
  cluster.store.put(collection, { ...object, metadata });
}
