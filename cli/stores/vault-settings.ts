// Which Vault or OpenBao, and as whom: the variables and the token file of their own command lines (Vault 1.20, OpenBao 2.4).

import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import type { Login } from '../../controller/stores/vault/login.ts';
import { type ServerSettings, serverUrl } from '../../controller/stores/vault/settings.ts';
import { utf8Bytes, utf8Text } from '../../src/encoding/bytes.ts';
import { type ErrorOutcome, SealError, UsageError } from '../../src/errors.ts';
import type { TlsMaterial } from '../../src/kube/cluster-config.ts';
import { SecretBytes } from '../../src/redact.ts';
import type { Context } from '../context.ts';
import { warn } from '../ui.ts';

/** What a call knows of its server. */
export interface VaultSettings {
  server: ServerSettings;
  login: Login;
  namespace: string | undefined;
  /** The names of variables as this call uses them, for hints. */
  variables: { address: string; authority: string; token: string };
}

/** There is nothing to log in with. */
class NoToken extends SealError {
  override readonly outcome: ErrorOutcome = 'unreachable';
}

interface Variables {
  /** `BAO_…` where it is set, else `VAULT_…`, as OpenBao has it; an empty one is none. */
  value(name: string): string | undefined;
  /** The variable that counts. */
  nameOf(name: string): string;
}

/** Reads variables and files; nothing is sent. Throws `UsageError`, `SealError`. */
export async function vaultSettings(context: Context): Promise<VaultSettings> {
  const variables = variablesOf(context.env);
  const { value, nameOf } = variables;
  const server = addressIn(variables);
  const tls = await tlsIn(variables, server, context);
  const namespace = value('NAMESPACE');
  const token = new SecretBytes(utf8Bytes(await tokenOf(variables, context)));
  return {
    server: { server, tls, headers: {} },
    login: { method: 'token', namespace, identity: [], secrets: [token], token },
    namespace,
    variables: { address: nameOf('ADDR'), authority: nameOf('CACERT'), token: nameOf('TOKEN') },
  };
}

function variablesOf(env: Context['env']): Variables {
  const isBao = Object.entries(env).some(([name, value]) => value && name.startsWith('BAO_'));
  const nameOf = (name: string) => {
    const [bao, vault] = [`BAO_${name}`, `VAULT_${name}`];
    return env[bao] || (isBao && !env[vault]) ? bao : vault;
  };
  return { nameOf, value: (name) => env[nameOf(name)] || undefined };
}

function addressIn({ value, nameOf }: Variables): URL {
  try {
    return serverUrl(value('ADDR') ?? 'https://127.0.0.1:8200');
  } catch {
    // Its text may hold a password: it is not shown.
    throw new UsageError(`${nameOf('ADDR')} is no http or https address of a host, a port and perhaps a path`, {
      hint: 'such as https://vault.example.com:8200',
    });
  }
}

async function tlsIn({ value, nameOf }: Variables, server: URL, context: Context): Promise<TlsMaterial> {
  const fileOf = async (name: string) => {
    const path = value(name);
    return path === undefined ? undefined : await context.files.read(path);
  };
  const [caBytes, servername] = [value('CACERT_BYTES'), value('TLS_SERVER_NAME')];
  const ca = caBytes ?? (await fileOf('CACERT'));
  const [cert, key] = [await fileOf('CLIENT_CERT'), await fileOf('CLIENT_KEY')];
  const insecure = isSwitchedOn(value('SKIP_VERIFY'), nameOf('SKIP_VERIFY'));
  if (insecure && server.protocol === 'https:')
    warn(context, `${nameOf('SKIP_VERIFY')} is set: anybody on the way to ${server.origin} can take the token`);
  const files = { ca, cert, key };
  checkMaterial(files, ['CACERT', 'CLIENT_CERT', 'CLIENT_KEY'].map(nameOf));
  return { ...files, servername, insecure };
}

// As Go's strconv.ParseBool, which refuses everything else as well.
function isSwitchedOn(text = 'false', name: string): boolean {
  if (/^(1|t|T|TRUE|true|True)$/.test(text)) return true;
  if (/^(0|f|F|FALSE|false|False)$/.test(text)) return false;
  throw new UsageError(`${name} is neither true nor false`, { hint: `${name}=true or ${name}=false` });
}

function checkMaterial({ ca, cert, key }: TlsMaterial, names: readonly string[]): void {
  const node = (pem: string | Uint8Array | undefined) => (pem instanceof Uint8Array ? Buffer.from(pem) : pem);
  const isAuthority =
    ca === undefined || /-----BEGIN [A-Z ]*CERTIFICATE-----/.test(typeof ca === 'string' ? ca : utf8Text(ca));
  try {
    if (isAuthority) return void createSecureContext({ ca: node(ca), cert: node(cert), key: node(key) });
  } catch {
    // What OpenSSL says may quote what it read.
  }
  throw new UsageError(`what ${names.join(', ')} name are no certificates in PEM, or no key for them`);
}

async function tokenOf({ value, nameOf }: Variables, { env, files }: Context): Promise<string> {
  const path = join(env.HOME ?? env.USERPROFILE ?? '/', '.vault-token');
  const given = value('TOKEN') ?? ((await files.kind(path)) === 'missing' ? '' : utf8Text(await files.read(path)));
  const token = given.trim();
  if (token === '') {
    throw new NoToken('STORE_DENIED', 'there is no token for Vault', {
      hint: `log in with vault login or bao login, or set ${nameOf('TOKEN')}`,
    });
  }
  // It becomes a header.
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new UsageError(`the token for Vault has characters that no token has`, {
    hint: 'look for blanks, line breaks and letters with accents in it',
  });
}
