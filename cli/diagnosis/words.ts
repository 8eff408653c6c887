// Words that diagnoses share.

import { listed, shellWord } from '../../src/repository/check/subject.ts';
import type { Facts, SealedItemFacts } from './facts.ts';

/** `SealedSecret shop/db`. */
export const called = ({ kind, namespace, name }: Pick<Facts, 'kind' | 'namespace' | 'name'>) =>
  `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;

/** `sealedsecret/db -n shop`, as kubectl and seal take it. */
export const addressed = ({ kind, namespace, name }: Pick<Facts, 'kind' | 'namespace' | 'name'>) =>
  `${kind.toLowerCase()}/${name}${namespace === undefined ? '' : ` -n ${namespace}`}`;

export const namesOf = (items: readonly SealedItemFacts[]) => listed(items.map(({ name }) => name));

/** The command that seals these items anew. */
export function resealing({ file, name }: Facts, items: readonly SealedItemFacts[]): string {
  const path = file === undefined ? `FILE --name ${name}` : shellWord(file.path);
  const some = items.slice(0, 5).map((item) => shellWord(item.name));
  return `seal set ${path} ${some.join(' ')}${items.length > 5 ? ' …' : ''}`;
}

/** `; overlays/prod/kustomization.yaml:4 sets namespace: shop`. */
export const because = ({ file }: Facts) => (file?.renamedBy === undefined ? '' : `; ${file.renamedBy}`);
