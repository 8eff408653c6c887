// Secrets that two manifests would make: whichever is applied last wins, or they fight.

import { isJsonObject, isSecret, type JsonObject } from '../../manifest/kinds.ts';
import type { Finding } from '../finding.ts';
import { checkFindings } from '../findings/check.ts';
import { isUnrendered } from './filled-in.ts';
import { plainItems } from './plain-secret.ts';
import { found, type Subject, type WholeCheck } from './subject.ts';

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
  // Not the object: its file would be kept with it.
  readonly #makers = new Map<string, { place: string; number: number }>();
  #seen = 0;
  readonly #findings: Finding[] = [];

  see(subject: Subject): void {
    const product = subject.isPatch ? undefined : productOf(subject.object.value);
    if (!product || isUnrendered(product.name) || isUnrendered(product.namespace ?? '')) return;
    const { file, object } = subject;
    this.#seen += 1;
    const maker = { place: `${file}:${object.line}`, number: this.#seen };
    let message: string | undefined;
    for (const { within, namespace, name } of meetingsOf(subject, product)) {
      const key = [within, namespace ?? '', name].join('\0');
      const known = this.#makers.get(key);
      if (!known) this.#makers.set(key, maker);
      else if (known.number !== maker.number) {
        message ??= `the Secret ${namespace ? `${namespace}/${name}` : name} is also made by ${known.place}`;
      }
    }
    if (message === undefined) return;
    const hint = 'remove one of both, or give one another name and seal its values for that';
    this.#findings.push(found(subject, checkFindings.duplicate, { at: ['metadata', 'name'], message, hint }));
  }

  findings(): Finding[] {
    return this.#findings;
  }
}

/** Where a product could meet another of its name: its namespace is known as far as it can be. */
interface Meeting {
  within: string;
  namespace: string | undefined;
  name: string;
}

function meetingsOf(
  { file, rule, renames }: Subject,
  { namespace: own, name: called, followsName }: Product,
): Meeting[] {
  const meetings: Meeting[] = [{ within: `file ${file}`, namespace: own, name: called }];
  for (const way of renames.length === 0 ? [undefined] : renames) {
    if (way && !way.isCertain) continue;
    const namespace = way?.namespace ?? own ?? rule?.namespace;
    const name = way && followsName ? way.prefix + called + way.suffix : called;
    if (way) meetings.push({ within: `root ${way.root}`, namespace, name });
    if (rule && namespace !== undefined) meetings.push({ within: `cluster ${rule.cluster}`, namespace, name });
  }
  return meetings;
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
