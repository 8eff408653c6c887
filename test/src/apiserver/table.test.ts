import { describe, expect, test } from 'vitest';
import { humanDuration, type TableOptions, tableFor } from '../../../src/apiserver/table.ts';

const now = new Date('2026-01-02T00:00:00Z');
const metadata = { name: 'x', namespace: 'default', creationTimestamp: '2026-01-01T00:00:00Z' };

interface Table {
  columnDefinitions?: { name: string; type: string; format: string; priority: number }[];
  rows: { cells: unknown[]; object?: { kind?: string } }[];
}
const table = (object: object, options: Partial<TableOptions>) =>
  tableFor([object as Record<string, unknown>], { group: '', kind: 'Thing', now, ...options }) as unknown as Table;

const shown = (object: object, options: Partial<TableOptions>) => {
  const { columnDefinitions = [], rows } = table(object, options);
  return Object.fromEntries(columnDefinitions.map(({ name }, index) => [name, rows[0]?.cells[index]]));
};

describe('columns', () => {
  test.each<[string, object, object]>([
    [
      'Secret',
      { metadata, type: 'Opaque', data: { a: '', b: '' } },
      { Name: 'x', Type: 'Opaque', Data: 2, Age: '24h' },
    ],
    ['ConfigMap', { metadata, data: { a: '' }, binaryData: { b: '' } }, { Name: 'x', Data: 2, Age: '24h' }],
    ['Namespace', { metadata, status: { phase: 'Active' } }, { Name: 'x', Status: 'Active', Age: '24h' }],
    ['Unheard', { metadata }, { Name: 'x', Age: '24h' }],
    [
      'Service',
      { metadata, spec: { type: 'ClusterIP', ports: [{ port: 80 }, { port: 53, protocol: 'UDP' }] } },
      {
        Name: 'x',
        Type: 'ClusterIP',
        'Cluster-IP': '<none>',
        'External-IP': '<none>',
        'Port(s)': '80/TCP,53/UDP',
        Age: '24h',
        Selector: '<none>',
      },
    ],
  ])('%s', (kind, object, expected) => {
    expect(shown(object, { kind })).toEqual(expected);
  });

  test('an Event tells when, what, about which object', () => {
    const event = {
      metadata,
      type: 'Normal',
      reason: 'Unsealed',
      message: 'done\n',
      lastTimestamp: '2026-01-01T23:59:30Z',
      firstTimestamp: '2026-01-01T23:00:00Z',
      count: 3,
      involvedObject: { kind: 'SealedSecret', name: 'db' },
      source: { component: 'sealwright' },
    };
    expect(shown(event, { kind: 'Event' })).toEqual({
      'Last Seen': '30s',
      Type: 'Normal',
      Reason: 'Unsealed',
      Object: 'sealedsecret/db',
      Subobject: '',
      Source: 'sealwright',
      Message: 'done',
      'First Seen': '60m',
      Count: '3',
      Name: 'x',
    });
  });

  test('a custom kind shows its printer columns, a missing value as nothing', () => {
    const printerColumns = [
      { name: 'Ready', type: 'string', jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
      { name: 'Generation', type: 'integer', jsonPath: '.status.observedGeneration', priority: 1 },
      { name: 'Text', type: 'integer', jsonPath: '.metadata.name' },
      { name: 'Suspended', type: 'boolean', jsonPath: '.spec.suspend' },
      { name: 'Labels', type: 'string', jsonPath: '.metadata.labels' },
      { name: 'Missing', type: 'string', jsonPath: '.status.nothing' },
      { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    ];
    const object = {
      metadata: { ...metadata, labels: { b: '1', a: '2' } },
      spec: { suspend: true },
      status: { observedGeneration: 3, conditions: [{ type: 'Ready', status: 'True' }] },
    };
    expect(shown(object, { printerColumns })).toEqual({
      Name: 'x',
      Ready: 'True',
      Generation: 3,
      Text: null,
      Suspended: true,
      Labels: '{"a":"2","b":"1"}',
      Missing: null,
      Age: '24h',
    });
    expect(table(object, { printerColumns }).columnDefinitions?.map(({ priority }) => priority)).toEqual([
      0, 0, 1, 0, 0, 0, 0, 0,
    ]);
  });

  test('a custom kind without columns shows its age', () => {
    expect(shown({ metadata }, { printerColumns: [] })).toEqual({ Name: 'x', Age: '24h' });
  });
});

test('rows carry as much of the object as asked for', () => {
  const kinds = (includeObject?: TableOptions['includeObject']) =>
    table({ kind: 'Secret', metadata }, { includeObject }).rows.map(({ object }) => object?.kind);
  expect(kinds()).toEqual(['PartialObjectMetadata']);
  expect(kinds('None')).toEqual([undefined]);
  expect(kinds('Object')).toEqual(['Secret']);
});

test('later events of a watch repeat no column definitions', () => {
  expect(table({ metadata }, { headers: false }).columnDefinitions).toBeUndefined();
});

test.each<[number, string]>([
  [-5, '<invalid>'],
  [0, '0s'],
  [119, '119s'],
  [120, '2m'],
  [130, '2m10s'],
  [10 * 60 + 1, '10m'],
  [179 * 60, '179m'],
  [3 * 3600, '3h'],
  [3 * 3600 + 60, '3h1m'],
  [47 * 3600, '47h'],
  [49 * 3600, '2d1h'],
  [8 * 86400, '8d'],
  [730 * 86400, '2y'],
  [800 * 86400, '2y70d'],
  [3000 * 86400, '8y'],
])('%d seconds read %s', (seconds, text) => {
  expect(humanDuration(seconds * 1000)).toBe(text);
});
