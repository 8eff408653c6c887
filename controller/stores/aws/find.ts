// What finds in both AWS stores have in common: matching names and tags, and tags as a value.

import { utf8Bytes } from '../../../src/encoding/bytes.ts';
import { SecretBytes } from '../../../src/redact.ts';
import { compareCodePoints, goJson } from '../go-json.ts';
import { nameMatcher } from '../names.ts';
import type { Find, Found, RemoteValue } from '../store.ts';
import { type AwsSubject, awsError } from './refusals.ts';

/** A tag of AWS. */
export interface Tag {
  Key?: string | undefined;
  Value?: string | undefined;
}

/** Whether a name and its tags are what the find asks for. `tags` undefined: the service has already filtered by them. */
export type Matches = (name: string, tags?: readonly Tag[]) => boolean;

/** Throws `StoreError` `Invalid` for an expression that is none, and for a find that would take everything. */
export async function matcherOf({ path, regexp, tags = {} }: Find, subject: AwsSubject): Promise<Matches> {
  const wanted = Object.entries(tags);
  if (regexp === undefined && wanted.length === 0) throw awsError('Invalid', subject, 'find needs a name or tags');
  const isNamed = await nameMatcher(regexp, (message, hint) =>
    awsError('Invalid', subject, message, { ...(hint && { hint }) }),
  );
  return (name, has) =>
    name.startsWith(path ?? '') &&
    isNamed(name) &&
    (!has || wanted.every(([key, value]) => has.some((tag) => tag.Key === key && (tag.Value ?? '') === value)));
}

/** Tags as the reference gives them: a JSON object as Go writes a map. */
export function tagsValue(tags: readonly Tag[]): RemoteValue {
  const map = Object.fromEntries(tags.flatMap(({ Key, Value }) => (Key === undefined ? [] : [[Key, Value ?? '']])));
  return { bytes: new SecretBytes(utf8Bytes(goJson(map))), rules: 'aws' };
}

/** In the order of names. */
export function sorted(found: readonly Found[]): readonly Found[] {
  return found.toSorted((left, right) => compareCodePoints(left.name, right.name));
}
