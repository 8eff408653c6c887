// Words that diagnoses share.

import { listed } from '../../src/repository/check/subject.ts';
import { scopeAnnotations } from '../../src/seal/scope.ts';
import { shellPath, shellWord } from '../../src/shell-words.ts';
import type { Facts, SealedItemFacts } from './facts.ts';

/** `SealedSecret shop/db`. */
export const called = ({ kind, namespace, name }: Pick<Facts, 'kind' | 'namespace' | 'name'>) =>
  `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`;

/** `sealedsecret/db -n shop`, as kubectl and seal take it. */
export const addressed = ({ kind, namespace, name }: Pick<Facts, 'kind' | 'namespace' | 'name'>) =>
  `${shellWord(`${kind.toLowerCase()}/${name}`)}${namespace === undefined ? '' : ` -n ${shellWord(namespace)}`}`;

/** A command that asks or changes the cluster that was asked. */
export const kubectl = ({ reach = '' }: Facts, words: string) => `kubectl${reach} ${words}`;
/** A command of ours with the words that reach the same cluster, to be typed as it stands. */
export const asking = ({ reach = '' }: Facts, words: string) => `seal ${words}${reach}`;

/** A command with a word about it: as a comment, so that the whole line can be given to a shell. */
export const noted = (command: string, words: string) => `${command}  # ${words}`;

/** What brings a file to where it is looked for. */
export function applying(facts: Facts): string {
  const { file, name, namespace } = facts;
  const { path = '', own } = file ?? {};
  // Only the Kustomization makes this name or namespace of it.
  if (own?.name !== name || (own.namespace !== undefined && own.namespace !== namespace))
    return `let the GitOps engine sync, or ${kubectl(facts, 'apply -k')} the Kustomization that ${shellPath(path)} is in`;
  const place = own.namespace === undefined && namespace !== undefined ? ` -n ${shellWord(namespace)}` : '';
  return noted(
    `${kubectl(facts, `apply -f ${shellPath(path)}${place}`)} && ${asking(facts, `wait ${shellPath(path)}`)}`,
    'or let the GitOps engine sync',
  );
}

/** The items by name, as people list them. */
export const namesOf = (items: readonly SealedItemFacts[]) => listed(items.map(({ name }) => name));

/** What seals these items anew, for the name and namespace where they are applied. */
export function resealing({ file, name, namespace }: Facts, items: readonly SealedItemFacts[]): string {
  const path = file === undefined ? `FILE --name ${name}` : shellPath(file.path);
  const some = items.slice(0, 5).map((item) => shellWord(item.name));
  const command = `seal set ${path} ${some.join(' ')}${items.length > 5 ? ' …' : ''}`;
  if (!file) return command;
  // A file is sealed for what it says itself, and no file can say what a prefix makes of its name.
  if (file.own.name !== name) {
    const annotation = `${scopeAnnotations['namespace-wide']}: "true"`;
    return `annotate the SealedSecret ${annotation}, as its name changes on the way, and then ${command}`;
  }
  if (namespace === undefined || file.own.namespace === namespace) return command;
  if (file.own.namespace === undefined) return `${command} -n ${namespace}`;
  return `write namespace: ${namespace} into ${shellPath(file.path)}, and then ${command}`;
}

/** `; overlays/prod/kustomization.yaml:4 sets namespace: shop`. */
export const because = ({ file }: Facts) => (file?.renamedBy === undefined ? '' : `; ${file.renamedBy}`);
