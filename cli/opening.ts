// Opening SealedSecrets offline: key files to a registry, a SealedSecret to the Secret it stands for.

import { importKeyPairs } from '../keys/import.ts';
import { KeyRegistry } from '../keys/registry.ts';
import { keyLabel } from '../keys/storage.ts';
import { isSealError, SealError, UsageError } from '../src/errors.ts';
import type { SealedSecret, Secret } from '../src/kube/objects.ts';
import { decodeManifest } from '../src/manifest/text.ts';
import type { SecretBytes } from '../src/redact.ts';
import type { Opener } from '../src/seal/opener.ts';
import { openItems, secretFrom } from '../src/seal/unseal.ts';
import { budgetOfObject } from '../src/template/budget.ts';
import { loadRenderer } from '../src/template/late.ts';
import type { Context } from './context.ts';
import { located } from './located.ts';

/** Every key of the files, ready to open. Throws `UsageError` without files, `FormatError` for a file without a usable key. */
export async function readKeys(paths: readonly string[], context: Context): Promise<KeyRegistry> {
  if (paths.length === 0) {
    throw new UsageError('no private key is given', {
      hint: '--private-key FILE: a PEM file, or the key Secrets as YAML or JSON',
    });
  }
  const registry = new KeyRegistry();
  for (const path of paths) {
    try {
      const text = decodeManifest(await context.files.read(path), path);
      for (const pair of await importKeyPairs(text)) registry.add(pair);
    } catch (error) {
      if (isSealError(error) && error.code === 'FILE_NOT_FOUND') throw noKeyFile(path, error);
      throw located(error, path);
    }
  }
  return registry;
}

function noKeyFile(path: string, cause: SealError): SealError {
  return new SealError(cause.code, `no such file: ${path}, given as the private key`, {
    hint: `those of a cluster: kubectl get secret -n kube-system -l ${keyLabel} -o yaml > keys.yaml`,
    cause,
  });
}

/**
 * The Secret of a SealedSecret, templates rendered over its values, without an owner. Throws `OpenError` naming every
 * item that does not open, `TemplateError`, `FormatError`.
 */
export async function openSecret(sealedSecret: SealedSecret, opener: Opener): Promise<Secret> {
  const opened = await openItems(sealedSecret, { opener });
  const rendered = new Map<string, SecretBytes>();
  if (opened.templates.size === 0) return secretFrom(sealedSecret, opened, rendered);
  // The functions of templates are as large as all the rest of the command, and few Secrets have templates.
  const { render } = await loadRenderer();
  const shared = budgetOfObject();
  for (const [name, source] of opened.templates) {
    // A value wins over a template of its name (Sealed Secrets 0.37), so there is nothing to render.
    if (!opened.values.has(name)) rendered.set(name, render(source, { name, data: opened.values, shared }));
  }
  return secretFrom(sealedSecret, opened, rendered);
}
