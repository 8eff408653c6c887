// Which sealed items two states of a repository differ in: names, and what the seal record says of them.

import { isJsonObject, isSealedSecret, type JsonObject } from '../manifest/kinds.ts';
import { parseRecord, recordAnnotation } from '../seal/record.ts';

/** One item that was added, removed, or sealed again. Never a value. */
export interface ItemChange {
  /** The file that has it now, or had it last. */
  file: string;
  /** As the manifest writes it: `namespace/name`, or `name` where it has no namespace. */
  object: string;
  item: string;
  change: 'added' | 'removed' | 'resealed';
  /** Of the seal record: of the new line, or the last one. */
  keyId?: string;
  day?: string;
}

/** A SealedSecret of one of the states. */
export interface PlacedObject {
  file: string;
  value: JsonObject;
}

interface PlacedItem {
  file: string;
  object: string;
  item: string;
  sealed: unknown;
  record: { keyId?: string; day?: string };
}

/**
 * What changed from one state to the other, in order of file, object and item. An item is the same where object and name are:
 * a file that was only moved changes nothing. Of several objects with one name the last counts.
 */
export function itemChanges(before: Iterable<PlacedObject>, after: Iterable<PlacedObject>): ItemChange[] {
  const [old, now] = [itemsOf(before), itemsOf(after)];
  const changes: ItemChange[] = [];
  for (const [key, placed] of now) {
    const last = old.get(key);
    if (!last) changes.push(changeOf(placed, 'added'));
    else if (last.sealed !== placed.sealed) changes.push(changeOf(placed, 'resealed'));
  }
  for (const [key, placed] of old) if (!now.has(key)) changes.push(changeOf(placed, 'removed'));
  const order = ({ file, object, item }: ItemChange) => `${file}\0${object}\0${item}`;
  return changes.sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

function changeOf({ file, object, item, record }: PlacedItem, change: ItemChange['change']): ItemChange {
  return { file, object, item, change, ...record };
}

function itemsOf(objects: Iterable<PlacedObject>): Map<string, PlacedItem> {
  const items = new Map<string, PlacedItem>();
  for (const { file, value } of objects) {
    if (!isSealedSecret(value)) continue;
    const { name, namespace, annotations } = isJsonObject(value.metadata) ? value.metadata : ({} as JsonObject);
    const object = [namespace, name].filter((part) => typeof part === 'string' && part !== '').join('/');
    const record = parseRecord(isJsonObject(annotations) ? annotations[recordAnnotation] : undefined);
    const { encryptedData } = isJsonObject(value.spec) ? value.spec : ({} as JsonObject);
    if (!isJsonObject(encryptedData)) continue;
    for (const [item, sealed] of Object.entries(encryptedData)) {
      const { keyId, day } = record.get(item) ?? {};
      const said = { ...(keyId !== undefined && { keyId }), ...(day !== undefined && { day }) };
      items.set(`${object}\0${item}`, { file, object, item, sealed, record: said });
    }
  }
  return items;
}
