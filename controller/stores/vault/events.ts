// What a Vault server tells on its event stream: which secret of a KV engine is another now.

/** A secret whose value is, or may be, another than before. */
export interface VaultChange {
  /** Vault namespace of the mount, without slashes at its ends; empty is the root. */
  namespace: string;
  engine: 'kv-v1' | 'kv-v2';
  /** Without slashes at its ends. */
  mount: string;
  /** Below the mount, without `data/`. */
  path: string;
  /** The newest version after it happened, where the server says so; KV v2 only. */
  version?: number;
  /** What happened: `write`, `data-write`, `data-delete`, `undelete`, `destroy`, `metadata-delete` … */
  operation: string;
  /** The storage index of the change: a read that sends it as `X-Vault-Index` sees the change on every node. */
  index?: string;
}

/**
 * What one message of `sys/events/subscribe/kv*?json=true` says (CloudEvents 1.0 in JSON, Vault Enterprise 1.16 and later).
 * `other` changes no value of a KV engine; `unreadable` is no such message.
 */
export function changeIn(message: string): VaultChange | 'other' | 'unreadable' {
  const data = membersOf(membersOf(parsed(message))?.data);
  const metadata = membersOf(membersOf(data?.event)?.metadata);
  const type = textOf(data?.event_type);
  if (!data || !metadata || type === undefined) return 'unreadable';
  const [, engine, operation = ''] = /^(kv-v[12])\/(.+)$/.exec(type) ?? [];
  if ((engine !== 'kv-v1' && engine !== 'kv-v2') || !operations[engine].has(operation)) return 'other';
  // The server says it as a text.
  if (textOf(metadata.modified) === 'false') return 'other';
  const place = placeIn(engine, metadata, textOf(membersOf(data.plugin_info)?.mount_path));
  if (!place) return 'unreadable';
  const version = engine === 'kv-v2' ? versionOf(metadata.current_version) : undefined;
  const index = textOf(metadata.vault_index);
  return {
    namespace: trimmed(textOf(data.namespace) ?? ''),
    engine,
    ...place,
    ...(version !== undefined && { version }),
    operation,
    ...(index && { index }),
  };
}

// `delete` is of the newest version, `data-delete` the same by another path. The rest of what KV tells is of its settings.
const operations = {
  'kv-v1': new Set(['write', 'delete']),
  'kv-v2': new Set('data-write data-patch data-delete delete undelete destroy metadata-delete'.split(' ')),
} as const;

type Members = Readonly<Record<string, unknown>>;

/** Mount and path, from the path of the call that changed something: `<mount>/<word>/<path>` in KV v2, where `word` differs. */
function placeIn(
  engine: VaultChange['engine'],
  { data_path, path }: Members,
  mountPath: string | undefined,
): { mount: string; path: string } | undefined {
  const whole = trimmed(textOf(data_path) || textOf(path) || '');
  const mount = mountPath === undefined ? mountIn(whole, engine) : trimmed(mountPath);
  if (!mount) return undefined;
  // Some servers tell the path below the mount.
  const below = whole.startsWith(`${mount}/`) ? whole.slice(mount.length + 1) : whole;
  const secret = engine === 'kv-v2' ? below.replace(kindOfPath, '') : below;
  return secret === '' || (engine === 'kv-v2' && secret === below) ? undefined : { mount, path: secret };
}

const kindOfPath = /^(?:data|metadata|delete|undelete|destroy)\//;

/** Where the server names no mount, it ends before the first word that begins a path of KV v2, or at the first slash. */
function mountIn(whole: string, engine: VaultChange['engine']): string | undefined {
  const end = engine === 'kv-v2' ? whole.search(/\/(?:data|metadata|delete|undelete|destroy)\//) : whole.indexOf('/');
  return end > 0 ? whole.slice(0, end) : undefined;
}

const versionOf = (value: unknown) => {
  const number = Number(textOf(value) ?? value);
  return Number.isSafeInteger(number) && number > 0 ? number : undefined;
};

const trimmed = (path: string) => path.replace(/^\/+|\/+$/g, '');
const textOf = (value: unknown) => (typeof value === 'string' ? value : undefined);

function membersOf(value: unknown): Members | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : undefined;
}

function parsed(message: string): unknown {
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}
