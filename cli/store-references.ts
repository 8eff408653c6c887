// References to values in Vault, OpenBao and AWS as a call gives them: `[KEY=]PATH[#FIELD]`. Nothing is read here.

import { UsageError } from '../src/errors.ts';
import { list } from './options.ts';

/** The options of every command that takes values. */
export const storeOptions = {
  fromVault: list(
    '--from-vault <key=secret#field>',
    'item from a field in Vault or OpenBao; KEY and FIELD are each the other by default; without both, it has all that would be asked for; repeatable',
  ),
  fromAws: list(
    '--from-aws <key=name#property>',
    'item from AWS Secrets Manager: a property of its JSON, or all of it; with NAME alone, it has all that would be asked for; repeatable',
  ),
} as const;

/** Where one value is. */
export interface StoreReference {
  store: 'vault' | 'aws';
  /** None: whatever items would be asked for. */
  item: string | undefined;
  /** Of Vault with its mount; of AWS a name or an ARN. */
  path: string;
  /** The field or property. None: all of it, which only AWS has. */
  part: string | undefined;
}

/** A reference for one item. */
export interface ItemReference extends StoreReference {
  item: string;
}

/** The references of a call. Throws `UsageError`. */
export function storeReferences({
  fromVault,
  fromAws,
}: {
  fromVault: readonly string[];
  fromAws: readonly string[];
}): StoreReference[] {
  const vault = fromVault.map((entry) => {
    const { item, path, part } = partsOf(entry, '--from-vault is [KEY=]PATH[#FIELD]');
    return { store: 'vault', item: item ?? part, path, part: part ?? item } as const;
  });
  const aws = fromAws.map((entry) => {
    const { item, path, part } = partsOf(entry, '--from-aws is [KEY=]NAME[#PROPERTY]');
    return { store: 'aws', item: item ?? part, path, part } as const;
  });
  const references = [...vault, ...aws];
  if (references.filter(({ item }) => item === undefined).length > 1) {
    throw new UsageError('--from-vault and --from-aws are given twice without naming an item', {
      hint: 'one place may have all that would be asked for; name the items of the others with KEY=, or with #',
    });
  }
  return references;
}

// ARNs have colons, and neither they nor paths begin with KEY=. The first # is the end of the path.
function partsOf(entry: string, usage: string): { item?: string; path: string; part?: string } {
  const { item, path, part } =
    /^(?:(?<item>[^=/:#]+)=|(?![^=/:#]*=))(?<path>[^#]+)(?:#(?<part>.+))?$/s.exec(entry)?.groups ?? {};
  if (path === undefined) throw new UsageError(usage);
  return { path, ...(item !== undefined && { item }), ...(part !== undefined && { part }) };
}

/** References that are for one item. */
export function itemReferences(references: readonly StoreReference[]): ItemReference[] {
  return references.filter((one): one is ItemReference => one.item !== undefined);
}

/** A reference for each of `items`, where one place has all that would be asked for. */
export function answersFor(references: readonly StoreReference[], items: readonly string[]): ItemReference[] {
  const place = references.find(({ item }) => item === undefined);
  return place ? items.map((item) => ({ ...place, item, part: item })) : [];
}
