// meta.k8s.io/v1 Table: the answer behind `kubectl get`.

import { isObject, type JsonObject, objectOr } from './json.ts';
import { compileJsonPath, printValue } from './jsonpath.ts';

/** `additionalPrinterColumns` of a CustomResourceDefinition version. */
export interface PrinterColumn {
  name: string;
  type: string;
  jsonPath: string;
  format?: string;
  description?: string;
  priority?: number;
}

export interface TableOptions {
  group: string;
  kind: string;
  /** Of the CRD; absent for built-in kinds, empty means the default (Age). */
  printerColumns?: readonly PrinterColumn[] | undefined;
  /** What each row carries of its object. Default: `Metadata`. */
  includeObject?: 'None' | 'Metadata' | 'Object' | undefined;
  /** Watches send the column definitions once. Default: true. */
  headers?: boolean;
  /** ListMeta of the answer. */
  metadata?: JsonObject;
  /** Ages are counted to here. */
  now: Date;
}

interface Column {
  definition: { name: string; type: string; format: string; description: string; priority: number };
  cell(object: JsonObject, now: Date): unknown;
}

/** One row per object, with the columns of its kind. */
export function tableFor(objects: readonly JsonObject[], options: TableOptions): JsonObject {
  const { includeObject = 'Metadata', headers = true, metadata = {}, now } = options;
  const columns = columnsFor(options);
  const rows = objects.map((object) => ({
    cells: columns.map((column) => column.cell(object, now) ?? null),
    ...(includeObject === 'Object' ? { object } : {}),
    ...(includeObject === 'Metadata' ? { object: metadataOnly(object) } : {}),
  }));
  const columnDefinitions = headers ? { columnDefinitions: columns.map(({ definition }) => definition) } : {};
  return { kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata, ...columnDefinitions, rows };
}

/** The object as meta.k8s.io/v1 PartialObjectMetadata. */
export function metadataOnly(object: JsonObject): JsonObject {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: objectOr(object.metadata) };
}

function columnsFor({ group, kind, printerColumns }: TableOptions): Column[] {
  if (printerColumns === undefined) return builtIn[group === '' ? kind : `${group}/${kind}`] ?? [name, age];
  const columns = printerColumns.length > 0 ? printerColumns : [defaultAge];
  return [name, ...columns.map(printerColumn)];
}

const defaultAge: PrinterColumn = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'CreationTimestamp is a timestamp representing the server time when this object was created.',
};

function printerColumn({ name, type, jsonPath, format = '', description, priority = 0 }: PrinterColumn): Column {
  const find = compileJsonPath(jsonPath);
  return {
    definition: {
      name,
      type,
      format,
      description: description ?? `Custom resource definition column (in JSONPath format): ${jsonPath}`,
      priority,
    },
    cell: (object, now) => cellOf(type, find(object)[0], now),
  };
}

function cellOf(type: string, value: unknown, now: Date): unknown {
  if (value === undefined || value === null) return null;
  if (type === 'string') return printValue(value);
  if (type === 'date') return typeof value === 'string' ? since(value, now) : null;
  if (type === 'boolean') return typeof value === 'boolean' ? value : null;
  if (typeof value !== 'number') return null;
  return type === 'integer' ? Math.trunc(value) : value;
}

function column(name: string, cell: (object: JsonObject, now: Date) => unknown, priority = 0, format = ''): Column {
  return { definition: { name, type: 'string', format, description: '', priority }, cell };
}

function text(name: string, path: string, fallback = ''): Column {
  const find = compileJsonPath(path);
  return column(name, (object) => find(object)[0] ?? fallback);
}

function count(...fields: string[]): Column {
  const size = (value: unknown) => (isObject(value) ? Object.keys(value).length : 0);
  return column('Data', (object) => fields.reduce((sum, field) => sum + size(object[field]), 0));
}

const metadataText = (object: JsonObject, field: string) => {
  const value = objectOr(object.metadata)[field];
  return typeof value === 'string' ? value : '';
};
const name = column('Name', (object) => metadataText(object, 'name'), 0, 'name');
const age = column('Age', (object, now) => since(metadataText(object, 'creationTimestamp'), now));
const createdAt = {
  ...column('Created At', (object) => metadataText(object, 'creationTimestamp')),
  definition: { name: 'Created At', type: 'date', format: '', description: '', priority: 0 },
};
const role = column(
  'Role',
  ({ roleRef }) => `${printValue(objectOr(roleRef).kind)}/${printValue(objectOr(roleRef).name)}`,
);

const ports = column('Port(s)', ({ spec }) => {
  const list = objectOr(spec).ports;
  const one = (port: JsonObject) =>
    `${port.port}${port.nodePort ? `:${port.nodePort}` : ''}/${typeof port.protocol === 'string' ? port.protocol : 'TCP'}`;
  return Array.isArray(list) && list.length > 0 ? list.filter(isObject).map(one).join(',') : '<none>';
});

const selector = column(
  'Selector',
  ({ spec }) => {
    const pairs = Object.entries(objectOr(objectOr(spec).selector)).sort();
    return pairs.length > 0 ? pairs.map(([key, value]) => `${key}=${value}`).join(',') : '<none>';
  },
  1,
);

function eventColumns(object: string, message: string, count: string, source: string): Column[] {
  const at = (fields: string[]) => (event: JsonObject, now: Date) => {
    const time = fields.map((field) => event[field]).find((value) => typeof value === 'string' && value !== '');
    return typeof time === 'string' ? since(time, now) : '<unknown>';
  };
  return [
    column('Last Seen', at(['lastTimestamp', 'deprecatedLastTimestamp', 'eventTime', 'firstTimestamp'])),
    text('Type', '.type'),
    text('Reason', '.reason'),
    column('Object', (event) => {
      const target = objectOr(event[object]);
      return `${String(target.kind ?? '').toLowerCase()}/${String(target.name ?? '')}`;
    }),
    { ...text('Subobject', `.${object}.fieldPath`), definition: wide('Subobject') },
    { ...text('Source', source), definition: wide('Source') },
    column('Message', (event) => (typeof event[message] === 'string' ? event[message].trim() : '')),
    column('First Seen', at(['firstTimestamp', 'deprecatedFirstTimestamp', 'eventTime']), 1),
    column('Count', (event) => String(event[count] ?? 1), 1),
    { ...name, definition: { ...name.definition, priority: 1 } },
  ];
}

function wide(name: string): Column['definition'] {
  return { name, type: 'string', format: '', description: '', priority: 1 };
}

// Names, order and priorities of kubernetes/pkg/printers/internalversion/printers.go, 1.36.
const builtIn: Record<string, Column[]> = {
  Namespace: [name, text('Status', '.status.phase'), age],
  Secret: [name, text('Type', '.type'), count('data'), age],
  ConfigMap: [name, count('data', 'binaryData'), age],
  ServiceAccount: [name, age],
  Service: [
    name,
    text('Type', '.spec.type'),
    text('Cluster-IP', '.spec.clusterIP', '<none>'),
    text('External-IP', '.spec.externalIPs[0]', '<none>'),
    ports,
    age,
    selector,
  ],
  Event: eventColumns('involvedObject', 'message', 'count', '.source.component'),
  'events.k8s.io/Event': eventColumns('regarding', 'note', 'deprecatedCount', '.reportingController'),
  'coordination.k8s.io/Lease': [name, text('Holder', '.spec.holderIdentity'), age],
  'rbac.authorization.k8s.io/Role': [name, createdAt],
  'rbac.authorization.k8s.io/ClusterRole': [name, createdAt],
  'rbac.authorization.k8s.io/RoleBinding': [name, role, age],
  'rbac.authorization.k8s.io/ClusterRoleBinding': [name, role, age],
  'apiextensions.k8s.io/CustomResourceDefinition': [name, createdAt],
};

function since(timestamp: string, now: Date): string {
  if (timestamp === '') return '<unknown>';
  const then = Date.parse(timestamp);
  return Number.isNaN(then) ? '<invalid>' : humanDuration(now.getTime() - then);
}

/** Two or three significant figures, as `duration.HumanDuration` of k8s.io/apimachinery 0.36 writes them. */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 120) return `${seconds}s`;
  const pair = (large: number, unit: string, small: number, smallUnit: string) =>
    small === 0 ? `${large}${unit}` : `${large}${unit}${small}${smallUnit}`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes < 10) return pair(minutes, 'm', seconds % 60, 's');
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.trunc(minutes / 60);
  if (hours < 8) return pair(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return `${hours}h`;
  const days = Math.trunc(hours / 24);
  if (hours < 192) return pair(days, 'd', hours % 24, 'h');
  if (days < 730) return `${days}d`;
  const years = Math.trunc(days / 365);
  return days < 2920 ? pair(years, 'y', days % 365, 'd') : `${years}y`;
}
