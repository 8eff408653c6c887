// References to objects that nothing in the repository defines: stores, logins, connections, transformations.

import { isJsonObject, type JsonObject } from '../../manifest/kinds.ts';
import { nearest } from '../../nearest.ts';
import type { Finding } from '../finding.ts';
import { schemaFindings } from '../findings/schema.ts';
import type { Rename } from '../kustomizations.ts';
import { isUnrendered } from './filled-in.ts';
import { type Reference, referencesOf } from './referring.ts';
import { found, type Subject, type WholeCheck } from './subject.ts';

/** What an object may be called in the end. `undefined`: nobody can say. */
interface Defined {
  names: readonly string[] | undefined;
  namespaces: readonly string[] | undefined;
}

/** A reference that was seen, and what is said of it if it leads nowhere. */
interface Seen extends Reference {
  namespaces: readonly string[] | undefined;
  finding: (hint: string | undefined) => Finding;
}

/** Kinds that others refer to. */
export const definedKinds = [
  ...['SecretStore', 'ClusterSecretStore', 'VaultAuth', 'VaultConnection', 'VaultAuthGlobal', 'SecretTransformation'],
] as const;

/** Compares what objects refer to with what is defined. A name or namespace that is not known for sure could be any. */
export class References implements WholeCheck {
  readonly #defined = new Map<string, Defined[]>();
  readonly #seen: Seen[] = [];

  see(subject: Subject): void {
    this.define(subject);
    const { object, isPatch } = subject;
    for (const reference of referencesOf(object.value)) {
      if (isUnrendered(reference.name)) continue;
      const own = namespacesOf(subject, isPatch);
      const asked = reference.namespace;
      this.#seen.push({
        ...reference,
        namespaces: asked === undefined ? own : isUnrendered(asked) ? undefined : [asked],
        finding: (hint) => dangling(subject, reference, hint),
      });
    }
  }

  /** Takes note of what an object defines, and of nothing that it refers to: it is not under check. */
  define(subject: Subject): void {
    const { kind } = subject.object.value;
    if (subject.isPatch || !definedKinds.some((one) => one === kind)) return;
    this.#add(String(kind), { names: namesOf(subject), namespaces: namespacesOf(subject, false) });
  }

  /** Takes note of what a template may define once it is rendered. */
  defineText(text: string): void {
    for (const kind of definedKinds) {
      if (new RegExp(`\\bkind["']?[ \\t]*:[ \\t]*["']?${kind}\\b`).test(text))
        this.#add(kind, { names: undefined, namespaces: undefined });
    }
  }

  /** Whether something is referred to that nothing has defined so far. */
  get isDangling(): boolean {
    return this.#seen.some((reference) => !this.#isDefined(reference));
  }

  findings(): Finding[] {
    return this.#seen
      .filter((reference) => !this.#isDefined(reference))
      .map((reference) => reference.finding(this.#meant(reference)));
  }

  #add(kind: string, defined: Defined): void {
    const all = this.#defined.get(kind);
    if (all) all.push(defined);
    else this.#defined.set(kind, [defined]);
  }

  #isDefined({ kind, name, namespaces }: Seen): boolean {
    const candidates = this.#defined.get(kind) ?? [];
    return candidates.some(
      (one) =>
        (one.names?.includes(name) ?? true) && (kind === 'ClusterSecretStore' || meets(one.namespaces, namespaces)),
    );
  }

  #meant({ kind, name }: Seen): string | undefined {
    const here = this.#defined.get(kind) ?? [];
    const elsewhere = here.find(({ names }) => names?.includes(name))?.namespaces?.[0];
    if (elsewhere !== undefined) return `there is one in namespace ${elsewhere}`;
    const other = { SecretStore: 'ClusterSecretStore', ClusterSecretStore: 'SecretStore' }[kind as string];
    if (other && this.#defined.get(other)?.some(({ names }) => names?.includes(name)))
      return `there is a ${other} ${name}`;
    const meant = nearest(
      name,
      here.flatMap(({ names }) => names ?? []),
    );
    return meant === undefined ? undefined : `did you mean ${meant}?`;
  }
}

function meets(some: readonly string[] | undefined, others: readonly string[] | undefined): boolean {
  return !some || !others || some.some((one) => others.includes(one));
}

const metadataOf = ({ object: { value } }: Subject): JsonObject => (isJsonObject(value.metadata) ? value.metadata : {});

// With every prefix and without: some rename references as well, and some do not.
function namesOf(subject: Subject): readonly string[] | undefined {
  const { name } = metadataOf(subject);
  if (typeof name !== 'string' || isUnrendered(name) || !areCertain(subject.renames)) return undefined;
  return [...new Set([name, ...subject.renames.map(({ prefix, suffix }) => prefix + name + suffix)])];
}

function namespacesOf(subject: Subject, isPatch: boolean): readonly string[] | undefined {
  const { renames, rule } = subject;
  const { namespace: own } = metadataOf(subject);
  if (isPatch || !areCertain(renames) || (typeof own === 'string' && isUnrendered(own))) return undefined;
  const written = typeof own === 'string' && own !== '' ? [own] : [];
  const overridden = renames.flatMap(({ namespace }) => (namespace === undefined ? [] : [namespace]));
  const ruled = rule?.namespace === undefined ? [] : [rule.namespace];
  // Without any of its own it is in whatever namespace it is applied to.
  if (written.length === 0 && overridden.length < Math.max(1, renames.length)) return undefined;
  return [...new Set([...written, ...overridden, ...ruled])];
}

function areCertain(renames: readonly Rename[]): boolean {
  return renames.every(({ isCertain, namespace }) => isCertain && !isUnrendered(namespace ?? ''));
}

function dangling(subject: Subject, { kind, name, namespace, path }: Reference, hint: string | undefined): Finding {
  const { kind: own } = subject.object.value;
  const title = [String(own), metadataOf(subject).name].filter((part) => typeof part === 'string').join(' ');
  const shown = namespace === undefined ? name : `${namespace}/${name}`;
  const message = `${title} refers to the ${kind} ${shown}, which nothing in the repository defines`;
  return found(subject, schemaFindings.danglingReference, { at: path, message, hint });
}
