// The items that templates make of fetched data: `.Secrets`, `.Metadata`, `.Annotations` and `.Labels` go in.

import type { SecretBytes } from '../../../../src/redact.ts';
import type { Budget } from '../../../../src/template/budget.ts';
import { textFromString } from '../../../../src/template/bytes.ts';
import { GoMap, GoNumber, GoStruct, type Value } from '../../../../src/template/values.ts';
import type { JsonNode } from '../json.ts';
import type { StaticPlan } from './transformation.ts';

/** What templates see. */
export interface TemplateInput {
  /** A JSON object. */
  secrets: JsonNode;
  /** Of the version, by KV v2; undefined for KV v1. */
  metadata: JsonNode | undefined;
  /** Of the object that asks. */
  annotations: Readonly<Record<string, string>>;
  labels: Readonly<Record<string, string>>;
}

/** Item → what its template makes. Throws `TemplateError`, whose message names the template and the object that it stands in. */
export function renderedItems({ templates, set }: StaticPlan, input: TemplateInput): [string, SecretBytes][] {
  // Go would write `<no value>` for a key that is not there, and nobody wants that for a password.
  const render = set?.rendering((budget) => dotOf(input, budget), { missingKey: 'error in use' });
  return templates.flatMap(({ item }, index) => (item === undefined || !render ? [] : [[item, render(index)]]));
}

function dotOf({ secrets, metadata, annotations, labels }: TemplateInput, budget: Budget): Value {
  budget.spend((secrets.raw.length + (metadata?.raw.length ?? 0)) >> 3);
  const fields: [string, Value][] = [
    ['Secrets', mapOf(secrets)],
    ['Metadata', mapOf(metadata)],
    ['Annotations', texts(annotations)],
    ['Labels', texts(labels)],
    // Of the reference's input too, and empty there for what comes from a KV engine.
    ['WrapData', new GoMap([])],
  ];
  return new GoStruct({ type: '*helpers.SecretInput', text: '', fields });
}

// Maps of the reference's input are map[string]any, whatever they hold.
const texts = (values: Readonly<Record<string, string>>) =>
  new GoMap(Object.entries(values).map(([name, value]) => [textFromString(name), textFromString(value)] as const));

const mapOf = (node: JsonNode | undefined): Value => (node?.kind === 'object' ? templateValue(node) : new GoMap([]));

/** A value as the reference decodes it: numbers keep the text that the server sent. */
function templateValue(node: JsonNode): Value {
  switch (node.kind) {
    case 'string':
      return node.text;
    case 'number':
      return new GoNumber(node.raw);
    case 'boolean':
      return node.raw === 'true';
    case 'null':
      return null;
    case 'array':
      return node.items.map(templateValue);
    case 'object':
      return new GoMap(node.members.map(([key, member]) => [key, templateValue(member)] as const));
  }
}
