// YAML as sigs.k8s.io/yaml writes it, byte for byte: by way of JSON, then go-yaml 2.4 with libyaml's emitter.

import { stringFromText, type Text, textFromString } from '../bytes.ts';
import { FunctionFailure } from '../errors.ts';
import { formatFloat } from '../float.ts';
import { GoMap, GoNumber, GoRecord, GoStruct, isList, nilList, type Value } from '../values.ts';
import { ScalarWriter } from './yaml-emit.ts';
import { compareKeys } from './yaml-keys.ts';
import { isPlainText } from './yaml-scalars.ts';
import { analyze } from './yaml-style.ts';

/** What YAML's reader does not take, so that the reference writes nothing at all. */
const unreadable = /[\x7f-\x84\x86-\x9f\ufffe\uffff]/;

/** The document, with its line feed at the end. Empty where the reference gives up. */
export function writeYaml(value: Value): Text {
  const writer = new Writer();
  writer.node(value, { indent: -1, isMapping: false });
  return writer.isReadable ? textFromString(writer.document()) : '';
}

interface Place {
  /** Of the collection around; -1 at the root. */
  indent: number;
  /** Whether it is a value of a mapping. */
  isMapping: boolean;
}

class Writer extends ScalarWriter {
  isReadable = true;

  node(value: Value, place: Place): void {
    if (isList(value) && value !== nilList) this.#list(value, place);
    else if (value instanceof GoMap) this.#map(value, place);
    else if (value instanceof GoRecord) this.#map(new GoMap(value.fields), place);
    else this.#scalar(value, place.indent, false);
  }

  #list(list: readonly Value[], { indent, isMapping }: Place): void {
    if (list.length === 0) this.indicator('[]', true);
    // In a mapping, a sequence stands under its key without being indented.
    const inner = isMapping && !this.isIndention ? Math.max(indent, 0) : deeper(indent);
    for (const one of list) {
      this.writeIndent(inner);
      this.indicator('-', true, true);
      this.node(one, { indent: inner, isMapping: false });
    }
  }

  #map(map: GoMap, { indent }: Place): void {
    if (map.entries.size === 0) this.indicator('{}', true);
    const inner = deeper(indent);
    const members = [...map.entries].map(([key, one]) => ({ key: stringFromText(key), one }));
    for (const { key, one } of members.sort((a, b) => compareKeys(a.key, b.key))) {
      this.writeIndent(inner);
      if (isSimple(key)) {
        this.#text(key, inner, true);
        this.indicator(':', false);
      } else {
        this.indicator('?', true, true);
        this.#text(key, inner, false);
        this.writeIndent(inner);
        this.indicator(':', true, true);
      }
      this.node(one, { indent: inner, isMapping: true });
    }
  }

  #scalar(value: Value, indent: number, isKey: boolean): void {
    if (typeof value === 'string') this.#text(stringFromText(value), indent, isKey);
    else if (value instanceof GoStruct) this.#text(stringFromText(value.json), indent, isKey);
    else {
      // The reference gives up on what JSON has no text for.
      if (typeof value === 'number' && !Number.isFinite(value)) this.isReadable = false;
      else this.plain(numberText(value), indent + 2, isKey);
    }
  }

  #text(text: string, indent: number, isKey: boolean): void {
    if (unreadable.test(text)) this.isReadable = false;
    const characters = [...text.replace(/\p{Surrogate}/gu, '\ufffd')];
    if (characters.includes('\x85')) throw new FunctionFailure('a line break U+0085 has no form in YAML that is safe');
    const inner = indent < 0 ? 2 : indent + 2;
    const { isMultiline, mayBePlain, maySingleQuote, mayBlock } = analyze(characters);
    const isQuoted = isKey && isMultiline;
    if (text.includes('\n') && mayBlock && !isKey) this.literal(characters, inner);
    else if (text.includes('\n') || isQuoted || !isPlainText(text)) this.doubleQuoted(characters, inner, isKey);
    else if (mayBePlain) this.plain(text, inner, isKey);
    else if (maySingleQuote) this.singleQuoted(characters, inner, isKey);
    else this.doubleQuoted(characters, inner, isKey);
  }
}

const deeper = (indent: number) => (indent < 0 ? 0 : indent + 2);

/** Whether a key fits before its colon. */
function isSimple(key: string): boolean {
  return !/[\r\n\u2028\u2029]/.test(key) && textFromString(key).length <= 128;
}

/** A number as it is after JSON: whole ones are integers as far as 64 bits go. */
function numberText(value: Value): string {
  if (value === null || value === undefined || value === nilList) return 'null';
  if (value instanceof GoNumber) return value.text;
  if (typeof value !== 'number') return String(value);
  const isInteger = Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 64;
  return isInteger ? String(BigInt(value)) : formatFloat(value, 'g', -1);
}
