// The lines of a document that may be a Secret and has no tree that tells its values: names stay, whatever may be of a value goes.

import type { ManifestDocument } from './documents.ts';
import type { Splice } from './splice.ts';

const saysSecret = /kind[\\"']{0,2}\s{0,4}:\s{0,4}(?:[!&][^\s,]{0,60}\s{1,4}){0,2}[\\"']{0,2}Secret(?:List)?\b/;

/** Whether the text of a document that cannot be read names the kind. */
export function looksLikeSecret({ source, range }: ManifestDocument): boolean {
  return saysSecret.test(source.slice(range.from, range.to));
}

/** `hidden` in place of everything that is no name, no comment at the start of a line, and no line that every Secret has. */
export function maskedLines({ source, range }: ManifestDocument, hidden: string): Splice[] {
  const splices: Splice[] = [];
  let value: number | undefined;
  for (const { 0: line, index } of source.slice(range.from, range.to).matchAll(/[^\r\n]+/g)) {
    const indent = line.length - line.trimStart().length;
    if (indent === line.length) continue;
    // A value goes on in deeper lines, and what looks like a name there may be a part of it.
    const goesOn = value !== undefined && indent > value;
    const { kept, name } = goesOn ? { kept: indent, name: undefined } : keptOf(line, indent);
    const rest = line.slice(kept).trimEnd();
    if (!goesOn) value = rest === '' ? undefined : name;
    if (rest === '') continue;
    const from = range.from + index + kept;
    splices.push({ from, to: from + rest.length, text: hidden });
  }
  return splices;
}

const alwaysShown =
  /^(?:(?:---|\.\.\.)[ \t]*$|#|\{\{[^{}]{0,400}\}\}[ \t]*$|["']?(?:apiVersion|kind|type)["']?[ \t]{0,8}:[ \t]{0,8}["']?[\w./-]{0,253}["']?,?[ \t]*$)/;
const nameAndColon = /^([ \t]*(?:- {1,8})?)["']?[\w./-]{1,253}["']?[ \t]{0,8}:(?:[ \t]+|$)/;
const opensStructure = /^[{[][ \t]*$/;

/** How much of a line is shown, and in which column its name begins, if it has one. */
function keptOf(line: string, indent: number): { kept: number; name: number | undefined } {
  if (alwaysShown.test(line) || /^[\]}]+,?$/.test(line.trim())) return { kept: line.length, name: undefined };
  const [whole, before] = nameAndColon.exec(line) ?? [];
  if (whole === undefined || before === undefined)
    return { kept: opensStructure.test(line) ? line.length : indent, name: indent };
  return { kept: opensStructure.test(line.slice(whole.length)) ? line.length : whole.length, name: before.length };
}
