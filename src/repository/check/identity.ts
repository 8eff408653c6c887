// What values were sealed for, told from the seal record, beside what the manifest is called where it is applied.

import { isJsonObject } from '../../manifest/kinds.ts';
import type { Scope } from '../../seal/scope.ts';
import type { Finding } from '../finding.ts';
import { checkFindings } from '../findings/check.ts';
import { Deployments } from './deployments.ts';
import { isUnrendered } from './filled-in.ts';
import { type SealedItem, type SealedView, sealedViewOf } from './sealed.ts';
import { byCause, found, listed, type Subject, setAgain, type WholeCheck } from './subject.ts';

/** What a record's label says. */
interface Label {
  scope: Scope;
  namespace?: string | undefined;
  name?: string | undefined;
}

/** What an object may be called when it is applied. No member: nobody can say. */
interface Identity {
  namespace: string | undefined;
  name: string | undefined;
}

/** What is wrong unless something puts another namespace in the place of the manifest's own. */
interface Doubt {
  subject: Pick<Subject, 'path' | 'renames'>;
  /** The namespace with which all would be well; `undefined`: any. */
  namespace: string | undefined;
  finding: Finding;
}

/**
 * Values that were sealed for another scope, name or namespace do not open: the file was renamed, moved or copied. And a manifest in
 * another namespace than its rule's is in the wrong place. Judged at the end, when every object that could put namespaces right was seen.
 */
export class Identities implements WholeCheck {
  readonly #deployments = new Deployments();
  readonly #doubts: Doubt[] = [];

  see(subject: Subject): void {
    this.define(subject);
    if (subject.isPatch) return;
    const { path, renames } = subject;
    for (const doubt of doubtsOf(subject)) this.#doubts.push({ ...doubt, subject: { path, renames } });
  }

  /** Takes note of what an object says of others: it is not under check. */
  define(subject: Subject): void {
    this.#deployments.see(subject);
  }

  /** Whether something that was not seen yet could put right what is wrong so far. */
  get isInDoubt(): boolean {
    return this.#doubts.some((doubt) => doubt.namespace !== noNamespace && !this.#isWell(doubt));
  }

  findings(): Finding[] {
    return this.#doubts.filter((doubt) => !this.#isWell(doubt)).map(({ finding }) => finding);
  }

  #isWell({ subject, namespace }: Doubt): boolean {
    const possible = this.#deployments.namespacesOf(subject);
    return namespace === undefined ? possible.length > 0 : possible.includes(namespace);
  }
}

/** The same of one object by itself, where nothing else has a say in its namespace any more. */
export function identityFindings(subject: Subject): Finding[] {
  return subject.isPatch ? [] : doubtsOf(subject).map(({ finding }) => finding);
}

function doubtsOf(subject: Subject): Omit<Doubt, 'subject'>[] {
  return [...otherLabels(subject), ...otherNamespace(subject)];
}

// No namespace could be the right one.
const noNamespace = '';

function otherLabels(subject: Subject): Omit<Doubt, 'subject'>[] {
  const view = sealedViewOf(subject);
  if (!view) return [];
  const groups = byCause(view.items, ({ record, value }) => (value.is === 'sound' ? record?.sealedFor : undefined));
  return [...groups].flatMap(([text, items]) => {
    const label = labelOf(text);
    if (label.scope !== view.scope)
      return [{ namespace: noNamespace, finding: otherScope(subject, view, items, label.scope) }];
    const identities = identitiesOf(subject, view);
    if (identities.some((one) => opens(label, one))) return otherOverlays(subject, view, { label, text, items });
    const isNamed = identities.some((one) => opens({ ...label, namespace: undefined }, one));
    const namespace = isNamed ? (label.namespace ?? noNamespace) : noNamespace;
    return [{ namespace, finding: otherName(subject, items, text, identities) }];
  });
}

function labelOf(text: string): Label {
  if (text === '*') return { scope: 'cluster-wide' };
  const slash = text.indexOf('/');
  if (slash === -1) return { scope: 'namespace-wide', namespace: text };
  return { scope: 'strict', namespace: text.slice(0, slash), name: text.slice(slash + 1) };
}

function opens(label: Label, { namespace, name }: Identity): boolean {
  const isNamespace = label.namespace === undefined || namespace === undefined || namespace === label.namespace;
  return isNamespace && (label.name === undefined || name === undefined || name === label.name);
}

/** What it is called on each way to a cluster. One that fits is enough: an overlay may bring values of its own for the others. */
function identitiesOf({ rule, renames }: Pick<Subject, 'rule' | 'renames'>, view: SealedView): Identity[] {
  const name = known(view.name);
  const own = view.namespace === undefined ? rule?.namespace : known(view.namespace);
  const ways = renames.length === 0 ? [{ namespace: undefined, prefix: '', suffix: '', isCertain: true }] : renames;
  return [
    ...ways.map((way): Identity => {
      if (!way.isCertain) return { namespace: undefined, name: undefined };
      return {
        namespace: way.namespace === undefined ? own : known(way.namespace),
        name: name && way.prefix + name + way.suffix,
      };
    }),
    // What the rule says holds after everything that overrides it, be it known here or not.
    ...(rule?.namespace === undefined
      ? []
      : ways.map((way) => ({ namespace: rule.namespace, name: name && way.prefix + name + way.suffix }))),
  ];
}

/** Overlays that have it as it is, and in which it does not open, though it does in others. */
function otherOverlays(
  subject: Subject,
  view: SealedView,
  { label, text, items }: { label: Label; text: string; items: Items },
): Omit<Doubt, 'subject'>[] {
  const { rule, renames } = subject;
  if (rule?.namespace !== undefined) return [];
  const lost = renames.filter((way) => {
    return !way.mayPatch && identitiesOf({ rule, renames: [way] }, view).every((one) => !opens(label, one));
  });
  const [here] = identitiesOf({ rule, renames: lost.slice(0, 1) }, view);
  if (!here || lost.length === 0) return [];
  const isNamed = opens({ ...label, namespace: undefined }, here);
  const finding = found(subject, checkFindings.otherName, {
    at: items[0].at,
    message: `${listed(items.map(({ name }) => name))}: sealed for ${text}, and ${listed(lost.map(({ root }) => root))} would have to open it as ${shownAs(here, text)}`,
    hint: 'give each of them a SealedSecret of its own, or a patch with values of its own',
  });
  return [{ namespace: isNamed ? (label.namespace ?? noNamespace) : noNamespace, finding }];
}

function known(text: string | undefined): string | undefined {
  return text === undefined || isUnrendered(text) ? undefined : text;
}

type Items = [SealedItem, ...SealedItem[]];

function otherScope(subject: Subject, view: SealedView, items: Items, scope: Scope): Finding {
  return found(subject, checkFindings.otherScope, {
    at: items[0].at,
    message: `${listed(items.map(({ name }) => name))}: sealed ${scope}, and the annotations of the SealedSecret say ${view.scope}`,
    hint: `put the scope annotations back, or seal again: ${setAgain(subject, items)}`,
  });
}

function otherName(subject: Subject, items: Items, label: string, identities: readonly Identity[]): Finding {
  const [here = { namespace: undefined, name: undefined }] = identities;
  return found(subject, checkFindings.otherName, {
    at: items[0].at,
    message: `${listed(items.map(({ name }) => name))}: sealed for ${label}, and would have to open as ${shownAs(here, label)}`,
    hint: `put the name and namespace back, or seal again: ${setAgain(subject, items)}`,
  });
}

function shownAs({ namespace, name }: Identity, label: string): string {
  if (!label.includes('/')) return namespace ?? '';
  return [namespace, name].filter((part) => part !== undefined).join('/');
}

const makesSecrets: readonly string[] = ['SealedSecret', 'ExternalSecret', 'VaultStaticSecret'];

function otherNamespace(subject: Subject): Omit<Doubt, 'subject'>[] {
  const { rule, ruleName, renames, object } = subject;
  const { kind, metadata } = object.value;
  if (rule?.namespace === undefined || !makesSecrets.includes(String(kind))) return [];
  const namespace = isJsonObject(metadata) ? metadata.namespace : undefined;
  if (typeof namespace !== 'string' || namespace === '' || isUnrendered(namespace)) return [];
  if (namespace === rule.namespace || renames.some((way) => way.namespace !== undefined || !way.isCertain)) return [];
  const finding = found(subject, checkFindings.otherNamespace, {
    at: ['metadata', 'namespace'],
    message: `the ${kind} is in namespace ${namespace}, and ${ruleName} puts its files into ${rule.namespace}`,
    hint: `write namespace: ${rule.namespace}, or give the file a rule of its own above that one`,
  });
  return [{ namespace: undefined, finding }];
}
