// What happens after a deletion: dependents of vanished owners, contents of namespaces, objects of definitions.

import type { KubeObject, ObjectMeta, OwnerReference } from '../kube/objects.ts';
import type { Cluster } from './cluster.ts';
import { isHeld } from './commit.ts';
import { cleanupFinalizer } from './definitions.ts';
import { policyFinalizers } from './deletes.ts';
import type { CustomResourceDefinition } from './kinds.ts';
import type { Change } from './store.ts';

interface Located {
  collection: string;
  object: KubeObject;
}

/** Follows the store and tidies up, a moment after the write that made it necessary. */
export class Collector {
  readonly #cluster: Cluster;
  /** uid of an owner → uids of what names it. */
  readonly #dependents = new Map<string, Map<string, Located>>();
  #changed: Change[] = [];
  #scheduled = false;
  readonly #unsubscribe: () => void;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#unsubscribe = cluster.store.subscribe((change) => this.#note(change));
  }

  stop(): void {
    this.#unsubscribe();
    this.#changed = [];
  }

  #note(change: Change): void {
    const { collection, object, previous, type } = change;
    const uid = object.metadata.uid ?? '';
    for (const owner of previous?.metadata.ownerReferences ?? []) this.#dependents.get(owner.uid)?.delete(uid);
    for (const owner of type === 'DELETED' ? [] : (object.metadata.ownerReferences ?? [])) {
      const known = this.#dependents.get(owner.uid) ?? new Map<string, Located>();
      this.#dependents.set(owner.uid, known.set(uid, { collection, object }));
    }
    this.#changed.push(change);
    if (this.#scheduled) return;
    this.#scheduled = true;
    // After the answer to the write has been composed, as a controller of its own would come later.
    setImmediate(() => {
      this.#scheduled = false;
      const changes = this.#changed;
      this.#changed = [];
      for (const one of changes) this.#follow(one);
      this.#settleContainers(changes.filter(({ type }) => type === 'DELETED'));
    });
  }

  #follow({ collection, type, object }: Change): void {
    const { store } = this.#cluster;
    const { uid = '', namespace, name = '', ownerReferences = [] } = object.metadata;
    if (type === 'DELETED') {
      for (const dependent of this.#dependentsOf(uid)) this.#judge(dependent);
      this.#dependents.delete(uid);
      this.#settleOwners(object);
      return;
    }
    const current = store.get(collection, namespace, name);
    if (!current || current.metadata.uid !== uid) return;
    if (ownerReferences.length > 0) this.#judge({ collection, object: current });
    if (current.metadata.deletionTimestamp) this.#finish({ collection, object: current });
  }

  #dependentsOf(uid: string): Located[] {
    return [...(this.#dependents.get(uid)?.values() ?? [])];
  }

  /** A dependent lives as long as one of its owners does; the names of vanished ones are taken off. */
  #judge({ collection, object }: Located): void {
    const current = this.#cluster.store.get(collection, object.metadata.namespace, object.metadata.name ?? '');
    if (current?.metadata.uid !== object.metadata.uid || !current) return;
    const owners = current.metadata.ownerReferences ?? [];
    const remaining = owners.filter((owner) => this.#ownerOf(owner, current) !== undefined);
    if (remaining.length === owners.length) return;
    if (remaining.length === 0) this.#remove({ collection, object: current });
    else this.#put(collection, withMetadata(current, { ownerReferences: remaining }));
  }

  /** The owner if it lives; `unknown` when its kind is not served: then nothing is known, and nothing deleted for it. */
  #ownerOf(owner: OwnerReference, dependent: KubeObject): Located | 'unknown' | undefined {
    const slash = owner.apiVersion.lastIndexOf('/');
    const [group, version] = [owner.apiVersion.slice(0, Math.max(slash, 0)), owner.apiVersion.slice(slash + 1)];
    const kind = this.#cluster.registry.byKind(group, version, owner.kind);
    if (!kind) return 'unknown';
    const { collection, namespaced } = kind;
    const object = this.#cluster.store.get(
      collection,
      namespaced ? dependent.metadata.namespace : undefined,
      owner.name,
    );
    return object?.metadata.uid === owner.uid ? { collection, object } : undefined;
  }

  /** What the finalizers of the server itself wait for. */
  #finish(located: Located): void {
    const { object } = located;
    const finalizers = object.metadata.finalizers ?? [];
    if (finalizers.includes(policyFinalizers.Orphan)) this.#orphan(located);
    else if (finalizers.includes(policyFinalizers.Foreground)) this.#foreground(located);
    else if (object.kind === 'Namespace') this.#emptyNamespace(located);
    else if (finalizers.includes(cleanupFinalizer)) this.#emptyDefinition(located);
  }

  #orphan(located: Located): void {
    const uid = located.object.metadata.uid ?? '';
    for (const { collection, object } of this.#dependentsOf(uid)) {
      const ownerReferences = (object.metadata.ownerReferences ?? []).filter((owner) => owner.uid !== uid);
      this.#put(collection, withMetadata(object, { ownerReferences }));
    }
    this.#dropFinalizer(located, policyFinalizers.Orphan);
  }

  #foreground(located: Located): void {
    const uid = located.object.metadata.uid ?? '';
    for (const dependent of this.#dependentsOf(uid)) {
      const { ownerReferences = [], deletionTimestamp } = dependent.object.metadata;
      if (ownerReferences.length === 1 && !deletionTimestamp) this.#remove(dependent);
    }
    const blocks = ({ object }: Located) =>
      object.metadata.ownerReferences?.some((owner) => owner.uid === uid && owner.blockOwnerDeletion);
    if (!this.#dependentsOf(uid).some(blocks)) this.#dropFinalizer(located, policyFinalizers.Foreground);
  }

  /** Owners that wait in the foreground for the dependent that has just gone. */
  #settleOwners(dependent: KubeObject): void {
    for (const owner of dependent.metadata.ownerReferences ?? []) {
      const found = this.#ownerOf(owner, dependent);
      if (typeof found === 'object' && found.object.metadata.deletionTimestamp) this.#finish(found);
    }
  }

  /** Namespaces and definitions that wait for what has just gone, once for a whole batch of changes. */
  #settleContainers(gone: readonly Change[]): void {
    const { store, registry } = this.#cluster;
    for (const name of new Set(gone.map(({ object }) => object.metadata.namespace ?? ''))) {
      const object = store.get('/namespaces', undefined, name);
      if (object?.metadata.deletionTimestamp) this.#finish({ collection: '/namespaces', object });
    }
    for (const collection of new Set(gone.map((change) => change.collection))) {
      const name = registry.ofCollection(collection)?.definition?.metadata.name ?? '';
      const object = store.get(definitions, undefined, name);
      if (object?.metadata.deletionTimestamp) this.#finish({ collection: definitions, object });
    }
  }

  #emptyNamespace(located: Located): void {
    const name = located.object.metadata.name ?? '';
    const contents = this.#all().filter(({ object }) => object.metadata.namespace === name);
    for (const content of contents) if (!content.object.metadata.deletionTimestamp) this.#remove(content);
    if (this.#all().some(({ object }) => object.metadata.namespace === name)) return;
    const current = this.#cluster.store.get('/namespaces', undefined, name) as Namespace | undefined;
    // What finalizers of its metadata hold stays as it is: to write it again would bring us here again.
    if (!current?.spec?.finalizers?.length) return;
    this.#put('/namespaces', { ...current, spec: { ...current.spec, finalizers: [] } } as KubeObject);
  }

  #emptyDefinition(located: Located): void {
    const { group, names } = (located.object as CustomResourceDefinition).spec;
    const collection = `${group}/${names.plural}`;
    for (const object of this.#cluster.store.list(collection)) {
      if (!object.metadata.deletionTimestamp) this.#remove({ collection, object });
    }
    if (this.#cluster.store.list(collection).length === 0) this.#dropFinalizer(located, cleanupFinalizer);
  }

  #all(): Located[] {
    const { store } = this.#cluster;
    return store
      .collections()
      .flatMap((collection) => store.list(collection).map((object) => ({ collection, object })));
  }

  #dropFinalizer({ collection, object }: Located, finalizer: string): void {
    const { namespace, name = '' } = object.metadata;
    const current = this.#cluster.store.get(collection, namespace, name);
    if (!current) return;
    const finalizers = (current.metadata.finalizers ?? []).filter((one) => one !== finalizer);
    this.#put(collection, withMetadata(current, { finalizers }));
  }

  #put(collection: string, object: KubeObject): void {
    const gone = object.metadata.deletionTimestamp && !isHeld(object);
    if (gone) this.#cluster.store.remove(collection, object);
    else this.#cluster.store.put(collection, object);
  }

  #remove({ collection, object }: Located): void {
    const { metadata } = object;
    if (metadata.deletionTimestamp) return;
    if (!isHeld(object)) {
      this.#cluster.store.remove(collection, object);
      return;
    }
    const deletion = { deletionTimestamp: this.#cluster.time(), deletionGracePeriodSeconds: 0 };
    this.#cluster.store.put(collection, { ...object, metadata: { ...metadata, ...deletion } });
  }
}

type Namespace = KubeObject & { spec?: { finalizers?: string[] } };

const definitions = 'apiextensions.k8s.io/customresourcedefinitions';

/** The object with lists of its metadata replaced; an empty one is left out. */
function withMetadata(object: KubeObject, lists: Pick<ObjectMeta, 'ownerReferences' | 'finalizers'>): KubeObject {
  const kept = Object.entries(object.metadata).filter(([key]) => !(key in lists));
  const filled = Object.entries(lists).filter(([, list]) => list.length > 0);
  return { ...object, metadata: Object.fromEntries([...kept, ...filled]) as ObjectMeta };
}
