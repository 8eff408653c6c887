// Manifests as the reference CLI reads and prints them (Sealed Secrets 0.36, pkg/kubeseal).

import { stringify } from 'yaml';
import { sealingCipher } from '../keys/sealing-cipher.ts';
import { FormatError } from '../src/errors.ts';
import type { KubeObject, SealedSecret, Secret } from '../src/kube/objects.ts';
import { parseManifest } from '../src/manifest/documents.ts';
import { mapBounded } from '../src/seal/parallel.ts';
import { type SealOptions, sealSecret } from '../src/seal/seal.ts';
import { readAsReference } from './kubeseal-secrets.ts';
import { located } from './located.ts';

/** What `--format` of the reference takes. */
export type ReferenceFormat = 'json' | 'yaml';

/** How the documents of a stream are sealed. */
export interface ReferenceSealing extends SealOptions {
  /** Its name, for messages. */
  file: string;
  /** Name and namespace in place of those that the Secrets have. Default: their own. */
  place?: { name?: string | undefined; namespace?: string | undefined };
}

/** Seals every document of a stream but empty ones; the first that fails fails all, and nothing comes out. */
export async function sealAsReference(
  bytes: Uint8Array,
  { file, place, ...options }: ReferenceSealing,
): Promise<SealedSecret[]> {
  const { documents } = parseManifest(bytes, { file });
  const sealed = await mapBounded(documents, 4, async (document) => {
    try {
      const secret = readAsReference(document);
      return secret && (await sealSecret(placed(secret, place), { ...options, cipher: sealingCipher }));
    } catch (error) {
      throw located(error, file);
    }
  });
  const secrets = sealed.filter((each) => each !== undefined);
  if (secrets.length === 0) throw new FormatError('EMPTY', `${file} is empty`);
  return secrets;
}

function placed(secret: Secret, place: ReferenceSealing['place'] = {}): Secret {
  const given = Object.entries(place).filter(([, value]) => value);
  return given.length === 0 ? secret : { ...secret, metadata: { ...secret.metadata, ...Object.fromEntries(given) } };
}

/** JSON indented by two, one object after another; or YAML documents with sorted keys, each after `---`. */
export function print(objects: readonly KubeObject[], format: ReferenceFormat): string {
  return objects.map((object) => (format === 'json' ? `${goJson(object)}\n` : `---\n${goYaml(object)}`)).join('');
}

function goJson(value: unknown, line = '\n'): string {
  if (typeof value !== 'object' || value === null) return jsonText(value);
  const inner = `${line}  `;
  const isList = Array.isArray(value);
  const members = isList
    ? value.map((each) => goJson(each, inner))
    : entriesOf(value).map(([name, member]) => `${jsonText(name)}: ${goJson(member, inner)}`);
  const [first, last] = isList ? '[]' : '{}';
  return members.length === 0 ? `${first}${last}` : `${first}${inner}${members.join(`,${inner}`)}${line}${last}`;
}

// encoding/json sorts maps, where an object of ours begins with its whole numbers. The fields of all else are words.
function entriesOf(object: object): [string, unknown][] {
  const entries = Object.entries(object).filter(([, member]) => member !== undefined);
  if (!entries.some(([name]) => /^\d+$/.test(name))) return entries;
  return entries.sort(([a], [b]) => (a < b ? -1 : 1));
}

// encoding/json escapes what could end a script element.
function jsonText(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function goYaml(object: object): string {
  return stringify(object, {
    version: '1.1',
    sortMapEntries: true,
    lineWidth: 0,
    indentSeq: false,
    aliasDuplicateObjects: false,
  });
}
