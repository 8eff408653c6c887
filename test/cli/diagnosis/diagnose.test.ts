// Every diagnosis: the facts that lead to it, and what is told then.

import { describe, expect, it } from 'vitest';
import { cases, diagnose } from '../../../cli/diagnosis/diagnose.ts';
import type { ControllerFacts, Facts, LiveFacts, SealedItemFacts } from '../../../cli/diagnosis/facts.ts';
import { readinessOf } from '../../../src/kube/conditions.ts';
import type { Condition, KubeObject, ObjectMeta } from '../../../src/kube/objects.ts';
import { reasons } from '../../../src/kube/reasons.ts';

const here = '1'.repeat(32);
const elsewhere = '2'.repeat(32);

function there(conditions: Condition[], metadata: ObjectMeta = {}, status: object = {}): LiveFacts {
  const object = {
    apiVersion: 'bitnami.com/v1alpha1',
    kind: 'SealedSecret',
    metadata: { name: 'db', namespace: 'shop', uid: 'u', generation: 2, ...metadata },
    status: { observedGeneration: 2, conditions, ...status },
  };
  return { is: 'there', object: object as KubeObject, readiness: readinessOf(object) };
}
const ready = (status: 'True' | 'False' | 'Unknown', reason: string, message = 'm'): Condition => ({
  ...{ type: 'Ready', status, reason, message },
});
const stalled = (reason: string, message = 'm') => [
  ready('False', reason, message),
  { type: 'Stalled', status: 'True', reason, message } as const,
];
const unobserved = (metadata: ObjectMeta = {}) => there([], metadata, { observedGeneration: -1 });
const controller = (settings: Record<string, string[]> = {}, rest: Partial<ControllerFacts> = {}): ControllerFacts => ({
  ...{ name: 'kube-system/sealwright', ready: 1, isOurs: true, settings: new Map(Object.entries(settings)) },
  ...rest,
});
const item = (rest: Partial<SealedItemFacts> & { label?: string; key?: string } = {}): SealedItemFacts => {
  const { label = 'shop/db', key = here, ...facts } = rest;
  const record = { item: 'password', keyId: key, sealedFor: label, day: '2026-03-02' };
  return { name: 'password', form: 'sound', bits: 4096, record, ...facts };
};
const sealed = (items: SealedItemFacts[], scope: 'strict' | 'namespace-wide' | 'cluster-wide' = 'strict') => ({
  sealed: { sealedFor: { scope, namespace: 'shop', name: 'db' }, items },
});
const keys = { keys: { known: [{ id: here, bits: 4096 }], isComplete: true } };
const file = (rest: Partial<NonNullable<Facts['file']>> = {}) => ({
  file: {
    ...{ path: 'apps/db.yaml', line: 3, renamedBy: undefined, isApplied: undefined },
    ...{ own: { name: 'db', namespace: 'shop' }, ...rest },
  },
});
const facts = (rest: Partial<Facts>): Facts => ({
  ...{ kind: 'SealedSecret', name: 'db', namespace: 'shop', file: undefined, live: undefined, sealed: undefined },
  ...{
    keys: undefined,
    cluster: undefined,
    pinned: new Map(),
    controller: undefined,
    secret: undefined,
    behind: undefined,
  },
  ...rest,
});
const locked = { live: there(stalled('CannotOpen', 'shop/db: no key could decrypt password')) };
const owner = { apiVersion: 'helm/v1', kind: 'HelmRelease', name: 'shop', uid: 'x', controller: true };
const store = (readiness: Condition | undefined) => ({
  kind: 'SecretStore',
  name: 'vault',
  namespace: 'shop',
  readiness:
    readiness &&
    readinessOf({ apiVersion: 'x/v1', kind: 'SecretStore', metadata: {}, status: { conditions: [readiness] } }),
});

interface Expected {
  what?: RegExp;
  cause?: RegExp;
  mend?: RegExp;
}
const table: [code: string, story: string, Partial<Facts>, Expected][] = [
  [
    'NotInstalled',
    'the kind is not installed',
    { live: { is: 'uninstalled' } },
    { what: /knows no SealedSecret/, mend: /deploy\/crds\/sealedsecrets\.yaml/ },
  ],
  [
    'NotThere',
    'there is none',
    { live: { is: 'absent', elsewhere: [], nearest: undefined } },
    { what: /no SealedSecret shop\/db/, cause: /never applied/ },
  ],
  [
    'NotThere',
    'it is in another namespace',
    { live: { is: 'absent', elsewhere: ['prod', 'test'], nearest: 'db2' } },
    { cause: /prod, test/, mend: /^seal why sealedsecret\/db -n prod$/ },
  ],
  [
    'NotThere',
    'another has a name like it',
    { live: { is: 'absent', elsewhere: [], nearest: 'db2' } },
    { mend: /^seal why sealedsecret\/db2 -n shop$/ },
  ],
  [
    'NotThere',
    'its file was not applied',
    { ...file(), live: { is: 'absent', elsewhere: [], nearest: undefined } },
    { mend: /kubectl apply -f apps\/db\.yaml/ },
  ],
  [
    'NotApplied',
    'the cluster has an older version',
    { ...file({ isApplied: false }), live: there([ready('True', 'Unsealed')]) },
    { what: /not what apps\/db\.yaml:3 says/ },
  ],
  [
    'Leaving',
    'a finalizer keeps it',
    { live: there([], { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['a/b'] }) },
    { cause: /a\/b/ },
  ],
  [
    'Paused',
    'it is paused',
    { live: there([ready('True', 'Unsealed')], { annotations: { 'sealwright.dev/paused': 'true' } }) },
    { mend: /kubectl annotate sealedsecret\/db -n shop sealwright\.dev\/paused-/ },
  ],
  [
    'OtherClass',
    'it asks for another controller',
    { live: unobserved({ annotations: { 'sealwright.dev/controller-class': 'blue' } }), controller: controller() },
    { cause: /class "blue".*without a class/ },
  ],
  [
    'OtherClass',
    'the controller is for a class',
    { live: unobserved(), controller: controller({ 'controller-class': ['blue'] }) },
    { mend: /controller-class=blue/ },
  ],
  [
    'KindNotServed',
    'the family is left out',
    { live: unobserved(), controller: controller({ kinds: ['externalsecrets'] }) },
    { mend: /--kinds externalsecrets,sealedsecrets/ },
  ],
  [
    'NamespaceNotServed',
    'the namespace is left out',
    { live: unobserved(), controller: controller({ namespace: ['a', 'b'] }) },
    { cause: /a, b only/, mend: /--namespace shop/ },
  ],
  [
    'NotSelected',
    'its labels are others',
    { live: unobserved(), controller: controller({ selector: ['team=a'] }, { isSelected: false }) },
    { cause: /team=a/ },
  ],
  [
    'ControllerDown',
    'no Pod is ready',
    { live: unobserved(), controller: controller({}, { ready: 0 }) },
    {
      cause: /no Pod of Deployment kube-system\/sealwright/,
      mend: /kubectl logs -n kube-system deployment\/sealwright/,
    },
  ],
  [
    'ControllerDown',
    'there is none',
    { live: unobserved(), controller: controller({}, { name: undefined, ready: undefined, isOurs: false }) },
    { cause: /no controller is found/ },
  ],
  [
    'ControllerDown',
    'it was well until the controller went',
    { live: there([ready('True', 'Unsealed')]), controller: controller({}, { ready: 0 }) },
    { what: /nobody looks at SealedSecret shop\/db any more/ },
  ],
  [
    'NotObserved',
    'nobody has looked yet',
    { live: unobserved() },
    { cause: /no status/, mend: /seal wait sealedsecret\/db -n shop/ },
  ],
  [
    'NotObserved',
    'nobody has looked since it changed',
    { live: there([ready('True', 'Unsealed')], {}, { observedGeneration: 1 }) },
    { cause: /before 2/ },
  ],

  [
    'Damaged',
    'the bytes are cut off',
    { ...locked, ...sealed([item({ form: 'damaged', why: 'is cut off' })]) },
    { cause: /is cut off/, mend: /^seal set FILE --name db password$/ },
  ],
  [
    'EncodedTwice',
    'it was encoded again',
    { ...file(), ...sealed([item({ form: 'twice' })]) },
    { mend: /^seal set apps\/db\.yaml password$/ },
  ],
  [
    'OpensElsewhere',
    'the controller opens it as another',
    { ...locked, ...sealed([item({ opens: false, opensAs: { scope: 'strict', namespace: 'prod', name: 'db' } })]) },
    { what: /does not open as shop\/db/, cause: /opens as prod\/db \(strict\)/ },
  ],
  [
    'OtherScope',
    'its annotation was lost',
    { ...locked, ...sealed([item({ label: 'shop' })]) },
    { what: /sealed namespace-wide, and the SealedSecret is strict/, mend: /namespace-wide: "true"/ },
  ],
  [
    'OtherScope',
    'its annotation was added',
    { ...locked, ...sealed([item()], 'cluster-wide') },
    { what: /sealed strict, and the SealedSecret is cluster-wide/, mend: /take the annotation .*cluster-wide away/ },
  ],
  [
    'OtherNamespace',
    'it was moved',
    { ...locked, ...sealed([item({ label: 'prod/db' })]) },
    { what: /sealed for prod\/db, and would have to open as shop\/db/, cause: /renamed, moved or copied/ },
  ],
  [
    'OtherNamespace',
    'an overlay moves it',
    {
      ...file({ renamedBy: 'overlays/prod/kustomization.yaml:4 sets namespace: shop' }),
      ...sealed([item({ label: 'prod/db' })]),
    },
    { cause: /^overlays\/prod\/kustomization\.yaml:4 sets namespace: shop$/ },
  ],
  [
    'OtherName',
    'it was renamed',
    { ...locked, ...sealed([item({ label: 'shop/db-old' })]) },
    { what: /sealed for shop\/db-old/ },
  ],
  [
    'OtherKey',
    'the cluster has not the key',
    { ...locked, ...keys, ...sealed([item({ key: elsewhere })]) },
    { what: /under key 22222222, which this cluster does not have/, cause: /another cluster, or the key was lost/ },
  ],
  [
    'OtherKey',
    'the controller says that it has not',
    { live: there(stalled('UnknownKey')), ...sealed([item({ key: elsewhere })]) },
    { what: /22222222/ },
  ],
  [
    'OtherKey',
    'the key is pinned for another cluster',
    {
      ...file(),
      cluster: 'production',
      pinned: new Map([[elsewhere, 'staging']]),
      ...sealed([item({ key: elsewhere })]),
    },
    { what: /is not of cluster production/, cause: /cluster staging/ },
  ],
  [
    'OtherKeySize',
    'no key has that size',
    { ...locked, ...keys, ...sealed([item({ record: undefined, bits: 2048 })]) },
    { cause: /2048 bits, and those of this cluster have 4096/ },
  ],
  [
    'BytesChanged',
    'all that is recorded is right',
    { ...locked, ...keys, ...sealed([item()]) },
    { cause: /changed since/ },
  ],
  [
    'Unrecorded',
    'nothing is recorded',
    { ...locked, ...keys, ...sealed([item({ record: undefined })]) },
    { cause: /without a seal record/ },
  ],
  [
    'Unrecorded',
    'the Sealed Secrets controller says so',
    {
      live: there([{ type: 'Synced', status: 'False', message: 'no key could decrypt secret (password)' }]),
      ...sealed([item({ record: undefined })]),
    },
    { what: /no key of this cluster opens password as shop\/db/ },
  ],

  [
    'BehindNotReady',
    'its store is not ready',
    {
      kind: 'ExternalSecret',
      live: there(stalled('SecretSyncedError')),
      behind: store(ready('False', 'InvalidProviderConfig', 'Denied: no')),
    },
    {
      cause: /SecretStore shop\/vault is not ready: InvalidProviderConfig: Denied: no/,
      mend: /^seal why secretstore\/vault -n shop$/,
    },
  ],
  [
    'BehindNotReady',
    'its store is not there',
    { kind: 'ExternalSecret', live: there([ready('Unknown', 'SecretSyncedError')]), behind: store(undefined) },
    { cause: /there is no SecretStore shop\/vault/ },
  ],
  [
    'SecretOfAnother',
    'Helm has made the Secret',
    { live: there(stalled('NotOwned')), secret: { is: 'there', name: 'db', owner, isOwn: false } },
    { cause: /belongs to HelmRelease shop/ },
  ],
  [
    'SecretOfNobody',
    'somebody has made the Secret by hand',
    { live: there(stalled('NotOwned')), secret: { is: 'there', name: 'db', owner: undefined, isOwn: false } },
    { mend: /kubectl annotate sealedsecret\/db -n shop sealwright\.dev\/adopt=true/ },
  ],
  [
    'SecretLost',
    'the Secret is gone',
    { live: there([ready('True', 'Unsealed')]), secret: { is: 'absent', name: 'db' } },
    { what: /is Ready, and Secret db is not there/ },
  ],
  [
    'Stale',
    'refreshes fail',
    {
      live: there([
        ready('True', 'SecretSynced'),
        { type: 'Stale', status: 'True', reason: 'Unavailable', message: 'no answer' },
      ]),
    },
    { cause: /Unavailable: no answer/, mend: /look at the store/ },
  ],
  [
    'ReferenceOperator',
    'another controller says no',
    { live: there([ready('False', 'SomeError', 'it failed')]) },
    { what: /it failed/, cause: /SomeError/ },
  ],
  [
    'ReferenceOperator',
    'an event says more',
    { live: there([ready('False', '', '')]), warning: { reason: 'UpdateFailed', message: 'no mount' } },
    { cause: /UpdateFailed: no mount/ },
  ],
  [
    'Healthy',
    'all is well',
    {
      live: there([ready('True', 'Unsealed', 'Secret db has 2 items')]),
      secret: { is: 'there', name: 'db', owner: undefined, isOwn: true },
    },
    { what: /^nothing is wrong: SealedSecret shop\/db is Ready$/, mend: /^$/ },
  ],
  [
    'Healthy',
    'the store has asked for the Secret to go',
    { live: there([ready('True', 'SecretDeleted')]), secret: { is: 'absent', name: 'db' } },
    {},
  ],
  [
    'NothingInFile',
    'nobody was asked',
    { ...file(), ...sealed([item(), item({ name: 'user', record: undefined })]) },
    { what: /as far as apps\/db\.yaml tells/ },
  ],
];

describe('a diagnosis', () => {
  it.each(table)('is %s where %s', (code, _, given, { what = /./, cause = /./, mend = /./ }) => {
    const told = diagnose(facts(given));
    expect(told.code, JSON.stringify(told)).toBe(code);
    expect(told.what).toMatch(what);
    expect(told.cause).toMatch(cause);
    if (!told.isHealthy) expect(told.mend).toMatch(mend);
    expect(told.isHealthy).toBe(['Healthy', 'NothingInFile'].includes(code));
  });

  it('is tried for each case', () => {
    const tried = new Set([...table.map(([code]) => code), 'Reason']);
    expect(cases.map(({ code }) => code).filter((code) => !tried.has(code))).toEqual([]);
  });

  const failing = Object.entries(reasons).filter(([, { ready: is }]) => is !== 'True');
  it.each(failing)('says of the reason %s what it means and what to do', (reason, { ready: is }) => {
    const told = diagnose(
      facts({ kind: 'ExternalSecret', live: there([ready(is, reason, 'what the controller says')]) }),
    );
    expect(told).toMatchObject({ isHealthy: false, code: expect.stringMatching(/^(Reason|SecretOfNobody)$/) });
    expect(told.what).toContain('what the controller says');
    expect(told.mend).not.toBe('');
  });

  it('of values does not hide what the status says about something else', () => {
    const told = diagnose(facts({ live: there(stalled('TypeNotAllowed')), ...sealed([item({ label: 'other/db' })]) }));
    expect(told.code).toBe('Reason');
  });

  it.each([
    [{ name: 'db', namespace: 'shop' }, /^seal set apps\/db\.yaml password$/],
    [{ name: 'db', namespace: undefined }, /^seal set apps\/db\.yaml password -n shop$/],
    [{ name: 'db', namespace: 'prod' }, /^write namespace: shop into apps\/db\.yaml, and then seal set/],
    [{ name: 'd', namespace: 'shop' }, /^annotate the SealedSecret .*namespace-wide: "true", as its name changes/],
  ])('mends a value of a file that is %o where it can be applied', (own, mend) => {
    expect(diagnose(facts({ ...file({ own }), ...sealed([item({ label: 'prod/db' })]) })).mend).toMatch(mend);
  });

  it('names commands that can be copied to a shell, whatever a file calls its object', () => {
    const given = {
      ...file(),
      name: '$(reboot)',
      namespace: 'a; reboot',
      live: { is: 'absent', elsewhere: [], nearest: 'x`y`' },
    };
    const { mend } = diagnose(facts({ ...given, file: undefined } as never));
    expect(mend).toBe("seal why 'sealedsecret/x`y`' -n 'a; reboot'");
  });

  it('leaves out values that the controller opens', () => {
    const told = diagnose(
      facts({
        ...locked,
        ...keys,
        ...sealed([
          item({ name: 'a', label: 'prod/db', opens: true }),
          item({ name: 'b', label: 'prod/db', opens: false }),
        ]),
      }),
    );
    expect(told.what).toMatch(/: b was sealed for prod\/db/);
  });

  it('of a file without a namespace takes any', () => {
    const given = {
      ...file(),
      namespace: undefined,
      sealed: { sealedFor: { scope: 'strict', namespace: undefined, name: 'db' } as const, items: [item()] },
    };
    expect(diagnose(facts(given)).code).toBe('NothingInFile');
  });

  it('of a value that the record shows to be of another cluster is not that of one pinned here', () => {
    const given = {
      ...file(),
      cluster: 'production',
      pinned: new Map([[elsewhere, 'production']]),
      ...sealed([item({ key: elsewhere })]),
    };
    expect(diagnose(facts(given)).code).toBe('NothingInFile');
  });
});

it('docs/diagnosis.md has every case', async () => {
  const rows = cases.map(({ code, title, told, mends }) => `| \`${code}\` | ${title}. ${told} | ${mends} |`);
  const page = `# Diagnoses

Made from the table of \`cli/diagnosis\`.

\`seal why\` tries these in their order and tells the first that fits: what is wrong, where it comes from, and what mends it. What the caller
may not read (key Secrets, Deployments, Events) stays unknown, and cases that need it are passed over.

| Code | What it is, and how it is told | What mends it |
| --- | --- | --- |
${rows.join('\n')}
`;
  await expect(page).toMatchFileSnapshot('../../../docs/diagnosis.md');
});
