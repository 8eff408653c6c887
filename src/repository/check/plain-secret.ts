// Plain Secrets that hold values.

import { isJsonObject, isSecret, type JsonObject } from '../../manifest/kinds.ts';
import { shellPath } from '../../shell-words.ts';
import type { Finding } from '../finding.ts';
import { checkFindings } from '../findings/check.ts';
import { isFilledIn } from './filled-in.ts';
import { found, listed, type Subject } from './subject.ts';

/** A Secret whose values anybody can read. Those that SOPS encrypted, or that a template will fill in, are none. */
export function checkPlainSecret(subject: Subject): Finding[] {
  const { value } = subject.object;
  if (!isSecret(value)) return [];
  const items = plainItems(value);
  if (items.length === 0) return [];
  const message = `${nameOf(value)} holds plain values (${listed(items)}), which base64 does not hide`;
  return [found(subject, checkFindings.plainSecret, { message, hint: `seal -i ${shellPath(subject.file)}` })];
}

/** Names of the items of a Secret that hold plain values. */
export function plainItems({ data, stringData, sops }: JsonObject): string[] {
  const left = isJsonObject(sops) && typeof sops.unencrypted_suffix === 'string' ? sops.unencrypted_suffix : '';
  // What SOPS was told to leave as it is.
  const isLeft = (name: string) => left !== '' && name.endsWith(left);
  const all = [data, stringData].filter(isJsonObject).flatMap((items) => Object.entries(items));
  return [...new Set(all.filter(([name, value]) => isPlain(value) && !isLeft(name)).map(([name]) => shown(name)))];
}

const encrypted = /^ENC\[[A-Z]\w*,[\s\S]*\]$/;

function isPlain(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return false;
  return typeof value !== 'string' || !(isFilledIn(value) || encrypted.test(value.trim()));
}

function nameOf({ metadata }: JsonObject): string {
  const { name, namespace } = isJsonObject(metadata) ? metadata : {};
  if (typeof name !== 'string' || name === '') return 'a Secret without a name';
  return `the Secret ${typeof namespace === 'string' && namespace !== '' ? `${namespace}/${name}` : name}`;
}

// Where the indentation is wrong, a key can be a piece of a value: only what looks like a name is shown.
function shown(name: string): string {
  return /^[\w./-]{1,63}$/.test(name) ? name : '(an odd key)';
}
