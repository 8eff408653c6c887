// Secrets that two manifests would make: whichever is applied last wins, or they fight.

import { isJsonObject, isSecret, type JsonObject } from '../../manifest/kinds.ts';
import type { Finding } from '../finding.ts';
import { checkFindings } from '../findings/check.ts';
import { plainItems } from './plain-secret.ts';
import { found, isUnrendered, type Subject, type WholeCheck } from './subject.ts';

/** The Secret that an object makes, and no other may make. */
interface Product {
  namespace: string | undefined;
  name: string;
  /** Kustomize changes it as it changes the object's own name. */
  followsName: boolean;
}

const patchAnnotation = 'sealedsecrets.bitnami.com/patch';
const managedAnnotation = 'sealedsecrets.bitnami.com/managed';

/**
 * Compares what is certain to meet: objects of one file, objects that one Kustomization takes in, and objects that rules give to
 * one cluster. Files without a rule may be meant for any cluster.
 */
export class Duplicates implements WholeCheck {
  readonly #makers = new Map<string, { place: string; object: object }>();
  readonly #findings: Finding[] = [];

  see(subject: Subject): void {
    const product = subject.isPatch ? undefined : productOf(subject.object.value);
    if (!product || isUnrendered(product.name) || isUnrendered(product.namespace ?? '')) return;
    const { file, object } = subject;
    const place = { place: `${file}:${object.line}`, object };
    let other: string | undefined;
    for (const key of keysOf(subject, product)) {
      const known = this.#makers.get(key);
      if (!known) this.#makers.set(key, place);
      else if (known.object !== object) other ??= known.place;
    }
    if (other === undefined) return;
    const shown = product.namespace ? `${product.namespace}/${product.name}` : product.name;
    const message = `the Secret ${shown} is also made by ${other}`;
    const hint = 'remove one of both, or give one another name and seal its values for that';
    this.#findings.push(found(subject, checkFindings.duplicate, { at: ['metadata', 'name'], message, hint }));
  }

  findings(): Finding[] {
    return this.#findings;
  }
}

function keysOf({ file, rule, renames }: Subject, { namespace, name, followsName }: Product): string[] {
  const keys = [`file\0${file}\0${namespace ?? ''}\0${name}`];
  const ways = renames.length === 0 ? [undefined] : renames;
  for (const way of ways) {
    if (way && !way.isCertain) continue;
    const last = way?.namespace ?? namespace ?? rule?.namespace;
    const called = way && followsName ? way.prefix + name + way.suffix : name;
    if (way) keys.push(`root\0${way.root}\0${last ?? ''}\0${called}`);
    if (rule && last !== undefined) keys.push(`cluster\0${rule.cluster}\0${last}\0${called}`);
  }
  return keys;
}

function productOf({ apiVersion, kind, metadata, spec, ...rest }: JsonObject): Product | undefined {
  const { name, namespace: own, annotations } = isJsonObject(metadata) ? metadata : {};
  const namespace = typeof own === 'string' && own !== '' ? own : undefined;
  if (typeof name !== 'string' || name === '' || typeof apiVersion !== 'string') return undefined;
  const fields = isJsonObject(spec) ? spec : {};
  const itself = { namespace, name, followsName: true };
  if (isSecret({ apiVersion, kind })) return plainItems(rest).length > 0 && !isShared(annotations) ? itself : undefined;
  if (kind === 'SealedSecret' && apiVersion.startsWith('bitnami.com/')) {
    const template = isJsonObject(fields.template) ? fields.template.metadata : undefined;
    return isShared(isJsonObject(template) ? template.annotations : undefined) ? undefined : itself;
  }
  if (kind === 'ExternalSecret' && apiVersion.startsWith('external-secrets.io/')) return ofExternal(fields, itself);
  if (kind !== 'VaultStaticSecret' || !apiVersion.startsWith('secrets.hashicorp.com/')) return undefined;
  const { destination } = fields;
  const isMade = isJsonObject(destination) && destination.create === true && typeof destination.name === 'string';
  return isMade ? { namespace, name: String(destination.name), followsName: false } : undefined;
}

function ofExternal({ target }: JsonObject, itself: Product): Product | undefined {
  const { name, creationPolicy = 'Owner', manifest } = isJsonObject(target) ? target : {};
  if (!['Owner', 'Orphan'].includes(String(creationPolicy)) || manifest !== undefined) return undefined;
  return typeof name === 'string' && name !== '' ? { ...itself, name, followsName: false } : itself;
}

// Such a Secret is meant to be filled or taken over.
function isShared(annotations: unknown): boolean {
  if (!isJsonObject(annotations)) return false;
  return annotations[patchAnnotation] === 'true' || annotations[managedAnnotation] === 'true';
}
