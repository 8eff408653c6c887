// A VaultAuth with what its VaultAuthGlobal says where it says nothing itself: pure.

import type {
  MergeStrategy,
  VaultAuthGlobalSpec,
  VaultAuthMethod,
  VaultAuthMethods,
  VaultAuthSpec,
} from '../../../src/kube/vault-secrets.ts';

/** What comes of the merge; method and mount may be missing still. */
export interface MergedAuth extends VaultAuthMethods {
  vaultConnectionRef?: string | undefined;
  namespace?: string | undefined;
  method?: VaultAuthMethod | undefined;
  mount?: string | undefined;
  headers: Readonly<Record<string, string>>;
}

type Texts = Readonly<Record<string, string>>;

/** In this order: the VaultAuth, the global's block of the method, the global's default. What is empty says nothing. */
export function mergedAuth(auth: VaultAuthSpec, global: VaultAuthGlobalSpec = {}): MergedAuth {
  const method = auth.method || global.defaultAuthMethod;
  const block = method && global[method];
  const strategy = auth.vaultAuthGlobalRef?.mergeStrategy?.headers;
  return {
    vaultConnectionRef: auth.vaultConnectionRef || global.vaultConnectionRef,
    namespace: auth.namespace || block?.namespace || global.defaultVaultNamespace,
    method,
    mount: auth.mount || block?.mount || global.defaultMount,
    headers: mergedTexts(strategy, [auth.headers, block?.headers, global.headers]),
    ...(method && { [method]: mergedMethod(method, auth, global) }),
  };
}

/** `all` from the one that goes before the others to the last. */
function mergedTexts(strategy: MergeStrategy = 'none', all: readonly (Texts | undefined)[]): Texts {
  if (strategy === 'union') return Object.assign({}, ...all.toReversed());
  const [own, ...inherited] = all;
  const candidates = strategy === 'replace' ? [own, ...inherited] : [own];
  return candidates.find((one) => Object.keys(one ?? {}).length > 0) ?? {};
}

const ofGlobal = ['namespace', 'mount', 'params', 'headers'];

// Field by field.
function mergedMethod(method: VaultAuthMethod, auth: VaultAuthSpec, global: VaultAuthGlobalSpec): object {
  const own = said(auth[method]);
  const inherited = said(global[method]);
  for (const name of ofGlobal) delete inherited[name];
  // One way to the secret id excludes the other.
  if (method === 'appRole' && (own.secretRef || own.secretIDPath)) {
    delete inherited.secretRef;
    delete inherited.secretIDPath;
  }
  return { ...inherited, ...own };
}

function said(block: object = {}): Record<string, unknown> {
  const isSaid = (value: unknown) => Boolean(value) && !(Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(block).filter(([, value]) => isSaid(value)));
}
