// What `seal` seals the real kubeseal opens, and the other way round, exactly.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { mapBounded } from '../../src/seal/parallel.ts';
import { type ExpectedSecret, type InteropCase, interopMatrix, keySizes } from './support/interop-matrix.ts';
import { quietly, Workshop } from './support/interop-workshop.ts';
import { describeOnCluster, kubesealVersions } from './support/real.ts';

const scopePrefix = 'sealedsecrets.bitnami.com/';

// Opening in processes of their own: as many at once as a small machine has cores.
const atOnce = 2;

const fileOf = (one: InteropCase) => `${interopMatrix.indexOf(one)}.${one.format}`;

/** Cases that one call of a tool can seal. */
function batches(): InteropCase[][] {
  const groups = new Map<string, InteropCase[]>();
  for (const one of interopMatrix) {
    const key = JSON.stringify([one.bits, one.flags]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}

const titled = interopMatrix.map((one) => [one.title, one] as const);

const sealedAlike = interopMatrix.filter((one) => one.sealedAlike);

/** A Secret as `ExpectedSecret` has it: both tools differ in what they write of nothing, and in the owner without uid. */
function shape(secret: Record<string, unknown>): unknown {
  const { kind, apiVersion, metadata, data, type, immutable, ...unexpected } = secret;
  const { ownerReferences: _, creationTimestamp, ...place } = metadata as Record<string, unknown>;
  expect({ kind, apiVersion, unexpected, creationTimestamp: creationTimestamp ?? null }).toEqual({
    kind: 'Secret',
    apiVersion: 'v1',
    unexpected: {},
    creationTimestamp: null,
  });
  return {
    metadata: place,
    ...(type === undefined ? {} : { type }),
    ...(immutable === undefined ? {} : { immutable }),
    // Go writes no bytes as null.
    data: Object.fromEntries(Object.entries(data ?? {}).map(([item, value]) => [item, value ?? ''])),
  };
}

/** A difference in long values as one line: they would print for minutes. */
function digest(secret: unknown): unknown {
  const { data, ...rest } = secret as ExpectedSecret;
  const short = (text: string) => (text.length <= 200 ? text : { length: text.length, start: text.slice(0, 40) });
  return { ...rest, data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, short(text)])) };
}

function expectSecret(actual: unknown, { expected }: InteropCase): void {
  const opened = shape(actual as Record<string, unknown>);
  expect(digest(opened)).toEqual(digest(expected));
  expect(JSON.stringify((opened as ExpectedSecret).data, undefined, 0).length).toBe(
    JSON.stringify(expected.data).length,
  );
  for (const [item, value] of Object.entries(expected.data)) {
    expect((opened as ExpectedSecret).data[item] === value, `${item} is the same to the last byte`).toBe(true);
  }
}

describeOnCluster('the matrix of Secrets', () => {
  const workshop = new Workshop();
  afterAll(() => workshop.remove());

  const plain = (one: InteropCase) => workshop.path('plain', fileOf(one));
  const sealed = (one: InteropCase) => workshop.path('sealed', fileOf(one));

  beforeAll(async () => {
    await workshop.makeKeys();
    mkdirSync(workshop.path('plain'));
    for (const one of interopMatrix) writeFileSync(plain(one), one.text);
    cpSync(workshop.path('plain'), workshop.path('sealed'), { recursive: true });
    for (const batch of batches()) {
      const { bits, flags } = batch[0] as InteropCase;
      const cert = workshop.path(`${bits}.crt`);
      const { code, stderr } = await workshop.seal(['-i', '--cert', cert, ...flags, ...batch.map(sealed)]);
      expect(code, stderr).toBe(0);
    }
  });

  it('holds at least sixty', () => {
    expect(interopMatrix.length).toBeGreaterThanOrEqual(60);
    expect(new Set(interopMatrix.map(({ title }) => title)).size).toBe(interopMatrix.length);
  });

  it.each(titled)('%s: sealed by seal, opened by every kubeseal', async (_, one) => {
    const written = readFileSync(sealed(one), 'utf8');
    for (const value of Object.values(one.expected.data)) {
      if (value.length > 8) expect(written.includes(value), 'the plain value is still there').toBe(false);
    }
    for (const version of kubesealVersions) {
      const args = ['--recovery-unseal', '--recovery-private-key', workshop.path(`${one.bits}.pem`), '-f', sealed(one)];
      const opened = await workshop.kubeseal(args, { version });
      expectSecret(JSON.parse(quietly(opened)), one);
    }
  });

  it.each(kubesealVersions)('sealed by kubeseal %s, opened by seal unseal', async (version) => {
    const folder = `by-${version}`;
    for (const bits of keySizes) mkdirSync(workshop.path(folder, `${bits}`), { recursive: true });
    await mapBounded(sealedAlike, atOnce, async (one) => {
      // As kubeseal prints it: half of them YAML.
      const target = workshop.path(folder, `${one.bits}`, fileOf(one));
      const cert = workshop.path(`${one.bits}.crt`);
      const args = ['--cert', cert, ...one.flags, '-o', one.format, '-f', plain(one), '-w', target];
      expect(quietly(await workshop.kubeseal(args, { version })), one.title).toBe('');
    });
    for (const bits of keySizes) {
      const to = workshop.path(`${folder}-opened`, `${bits}`);
      const args = [
        'unseal',
        workshop.path(folder, `${bits}`),
        '--private-key',
        workshop.path(`${bits}.json`),
        '-w',
        to,
      ];
      expect(quietly(await workshop.seal(args))).toBe('');
    }
    for (const one of sealedAlike) {
      const file = workshop.path(`${folder}-opened`, `${one.bits}`, fileOf(one));
      expectSecret(parse(readFileSync(file, 'utf8'), { version: '1.1' }), one);
    }
  });
});

describeOnCluster('streams and Lists', () => {
  const workshop = new Workshop();
  afterAll(() => workshop.remove());
  beforeAll(() => workshop.makeKeys());

  const some = interopMatrix.filter(
    ({ bits, flags, text }) => bits === 3072 && flags.length === 0 && text.length < 4096,
  );
  const expectedNames = some.map(({ expected }) => expected.metadata.name);

  async function open(sealedSecret: unknown): Promise<unknown> {
    const args = ['--recovery-unseal', '--recovery-private-key', workshop.path('3072.pem')];
    return JSON.parse(quietly(await workshop.kubeseal(args, { input: JSON.stringify(sealedSecret) })));
  }

  async function sealed(input: string): Promise<unknown[]> {
    const result = await workshop.seal(['--cert', workshop.path('3072.crt')], { input });
    expect(result.code, result.stderr).toBe(0);
    return parseAllDocuments(result.stdout, { version: '1.1' }).map((document) => document.toJS());
  }

  it('a stream of YAML documents, with others between them, opens document by document', async () => {
    const configMap = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n';
    const documents = await sealed([configMap, ...some.map(({ text }) => text)].join('---\n'));
    const [first, ...rest] = documents;
    expect(first).toEqual(parse(configMap));
    expect(rest).toHaveLength(expectedNames.length);
    for (const [index, one] of some.entries()) expectSecret(await open(rest[index]), one);
  });

  it.each(['yaml', 'json'] as const)('a List in %s opens item by item', async (format) => {
    const list = { apiVersion: 'v1', kind: 'List', items: some.map(({ text }) => parse(text)) };
    const input = format === 'json' ? JSON.stringify(list) : stringify(list, { version: '1.1' });
    const [result] = (await sealed(input)) as [{ kind: string; items: unknown[] }];
    expect(result.kind).toBe('List');
    for (const [index, one] of some.entries()) expectSecret(await open(result.items[index]), one);
  });

  it('a stream that kubeseal sealed opens document by document', async () => {
    const input = some.map(({ text }) => text).join('---\n');
    for (const format of ['yaml', 'json']) {
      const args = ['--cert', workshop.path('3072.crt'), '-o', format];
      const stream = quietly(await workshop.kubeseal(args, { input }));
      const opened = await workshop.seal(['unseal', '--private-key', workshop.path('3072.pem'), '-o', 'yaml'], {
        input: stream,
      });
      const secrets = parseAllDocuments(quietly(opened), { version: '1.1' }).map((document) => document.toJS());
      expect(secrets).toHaveLength(some.length);
      for (const [index, one] of some.entries()) expectSecret(secrets[index], one);
    }
  });

  it('a value sealed alone is the same for both', async () => {
    const place = ['--cert', workshop.path('3072.crt'), '--raw', '-n', 'shop', '--name', 'db'];
    const value = Buffer.from([0, 255, 13, 10, 0xc3]);
    const byUs = (await workshop.seal(place, { input: value })).stdout.trim();
    const byThem = quietly(await workshop.kubeseal(place, { input: value }));
    const sealedSecret = {
      apiVersion: 'bitnami.com/v1alpha1',
      kind: 'SealedSecret',
      metadata: { name: 'db', namespace: 'shop' },
      spec: { encryptedData: { byUs, byThem } },
    };
    const data = { byUs: value.toString('base64'), byThem: value.toString('base64') };
    expect(await open(sealedSecret)).toMatchObject({ data });
    const args = ['unseal', '--private-key', workshop.path('3072.pem')];
    const opened = await workshop.seal(args, { input: JSON.stringify(sealedSecret) });
    expect(JSON.parse(quietly(opened))).toMatchObject({ data });
  });

  it('neither opens what the other sealed for another place', async () => {
    const [one] = some as [InteropCase];
    const cert = ['--cert', workshop.path('3072.crt')];
    const key = workshop.path('3072.pem');
    const [byUs] = (await sealed(one.text)) as [{ metadata: object }];
    const byThem = JSON.parse(quietly(await workshop.kubeseal(cert, { input: one.text })));
    for (const moved of [
      { name: 'other' },
      { namespace: 'other' },
      { annotations: { [`${scopePrefix}cluster-wide`]: 'true' } },
    ]) {
      const input = (object: { metadata: object }) =>
        JSON.stringify({ ...object, metadata: { ...object.metadata, ...moved } });
      const theirs = await workshop.kubeseal(['--recovery-unseal', '--recovery-private-key', key], {
        input: input(byUs),
      });
      expect(theirs).toMatchObject({ code: 1, stdout: '' });
      expect(theirs.stderr).toContain('no key could decrypt secret');
      const ours = await workshop.seal(['unseal', '--private-key', key], { input: input(byThem) });
      expect(ours).toMatchObject({ code: 1, stdout: '' });
      expect(ours.stderr).toContain('no key could decrypt');
    }
  });
});
