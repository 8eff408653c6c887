// The items of `--template-data`: text given on the command line or in files.

import { UsageError } from '../src/errors.ts';
import { checkItemName } from '../src/seal/plain-secret.ts';
import type { Context } from './context.ts';
import { located } from './located.ts';

/** `KEY=TEXT` and `KEY=@FILE` as item name → template text. Throws `UsageError`, and `SealError` for a file. */
export async function templateDataOf(given: readonly string[], { files }: Context): Promise<Record<string, string>> {
  const data: Record<string, string> = {};
  for (const entry of given) {
    const { key, value } = /^(?<key>[^=]+)=(?<value>[\s\S]*)$/.exec(entry)?.groups ?? {};
    if (key === undefined || value === undefined) {
      throw new UsageError('--template-data is KEY=TEXT or KEY=@FILE', {
        hint: "--template-data 'url=postgres://{{ .user }}@db'",
      });
    }
    checkItemName(key);
    data[key] = value.startsWith('@') ? textOf(await files.read(value.slice(1)), value.slice(1)) : value;
  }
  return data;
}

function textOf(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw located(new UsageError('a template is text in UTF-8', { hint: 'save it as UTF-8', cause: error }), path);
  }
}
