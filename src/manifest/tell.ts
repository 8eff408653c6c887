// Telling what a document of somebody's tree is: manifests to look into, templates to pass by, or something damaged.

import { type Damage, damageOf, type ManifestDocument } from './documents.ts';
import { type ManifestObject, objectsOf } from './objects.ts';
import { isOtherYaml } from './yaml.ts';

/** What a document turned out to be. Of `other` nothing is to be said: it is no manifest, or one that is still to be rendered. */
export type ToldDocument =
  | { kind: 'objects'; objects: ManifestObject[] }
  | { kind: 'damaged'; damage: Damage }
  | { kind: 'other' };

/** Reads a document, once. Throws `FormatError` for Lists whose Secrets cannot be told apart (see `findSecrets`). */
export function tellDocument(document: ManifestDocument): ToldDocument {
  if (isOtherJson(document)) return { kind: 'objects', objects: [] };
  const damage = damageOf(document);
  if (!damage) return { kind: 'objects', objects: objectsOf(document) };
  return isMeantAsManifest(document) ? { kind: 'damaged', damage } : { kind: 'other' };
}

// Data, lock files and API descriptions of many megabytes are JSON, whose parts are known to be whole.
function isOtherJson({ format, source, range }: ManifestDocument): boolean {
  // A letter may be written as an escape.
  const named = /"apiVersion"\s*:\s*"|\\u00[4-7]/;
  return format === 'json' && !named.test(source.slice(range.from, range.to));
}

function isMeantAsManifest(document: ManifestDocument): boolean {
  const text = document.source.slice(document.range.from, document.range.to);
  if (isTemplate(text) || isTemplate(lineStartsOf(document.source))) return false;
  if (saysKind(text)) return true;
  // JSON with comments, or for the parsers of others, is in every repository.
  return !/\.json$/i.test(document.file) && !isOtherYaml(text);
}

/** Whether text is not what reaches the cluster: Helm, Jinja, ERB. */
function isTemplate(text: string): boolean {
  if (text.includes('{%') || text.includes('<%')) return true;
  return text.includes('{{') && (!hasOwnTemplates.test(text) || helmWords.test(text));
}

// Kinds whose templates are part of the manifest: there only Helm's own words make it one of a chart.
const hasOwnTemplates =
  /^kind:[ \t]*["']?(?:SealedSecret|(?:Cluster)?ExternalSecret|VaultStaticSecret|SecretTransformation)\b/m;
const helmWords =
  /\{\{-?\s*(?:\/\*|(?:if|range|with|end|else|define|block|include|template|tpl|toYaml|lookup)\b|\$?\.(?:Values|Release|Chart|Files|Capabilities)\b|\$\w*\s*:=)/;

// An action on a line of its own may begin in one document and end in another.
function lineStartsOf(source: string): string {
  return /^[ \t]*\{\{-?[ \t]*(?:if|range|with|end|else|define|block)\b/m.exec(source)?.[0] ?? '';
}

/** Whether a text says somewhere that it is a Kubernetes object, in whatever encoding it was decoded with. */
export function saysKind(text: string): boolean {
  return /\bapiVersion["']?\s*:/.test(text) || /^\s*["']?kind["']?\s*:\s*["']?[A-Z]/m.test(text);
}
