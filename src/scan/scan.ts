// The scan of one file: what it holds that should not be in Git.

import { utf16Text } from '../encoding/utf16.ts';
import { withLineFeeds } from '../manifest/text.ts';
import { allowancesIn } from './allow.ts';
import { environmentLeaks } from './environment-file.ts';
import { objectLeaks } from './objects.ts';
import { leakOf, patternLeaks } from './patterns.ts';
import type { Leak } from './rule.ts';
import { assignedRule } from './rules/assigned.ts';
import { textRules } from './rules.ts';
import { structures } from './structures.ts';

/** Largest file that is looked at: nothing people write by hand comes near. */
export const maxScannedBytes = 16 * 1024 * 1024;

/**
 * What stands in a file that should not be in Git, by line. Bytes that are no text give nothing but what the file's name tells.
 * Values are never shown. Takes time in proportion to the file, whatever is in it.
 */
export function scanFile(file: string, bytes: Uint8Array): Leak[] {
  const text = textOf(bytes);
  const named = /\.(?:p12|pfx|kdbx)$/i.test(file) ? [leakOf(structures.keyStore, 1)] : [];
  return text === undefined ? named : [...named, ...scanText(file, text)];
}

/** As `scanFile`, of a text. */
export function scanText(file: string, written: string): Leak[] {
  const text = withLineFeeds(written);
  const allowed = allowancesIn(text);
  const structural = [...objectLeaks(file, text), ...environmentLeaks(file, text)];
  const found = distinct([...structural, ...patternLeaks(file, text, textRules)]);
  const left = found.filter(({ line }) => !allowed.lines.has(line));
  return [...left, ...allowed.leaks].sort((a, b) => a.line - b.line || (a.code < b.code ? -1 : 1));
}

// Several rules may see one secret: the one that says most about it speaks. A kubeconfig names its own keys and tokens.
function rankOf({ code }: Leak): number {
  if (code === structures.kubeconfig.code) return 0;
  return [structures.environmentFile.code, assignedRule.code].indexOf(code) + 2;
}

function distinct(leaks: readonly Leak[]): Leak[] {
  const best = new Map<number, number>();
  for (const leak of leaks) {
    for (let at = leak.line; at <= (leak.lastLine ?? leak.line); at++) {
      best.set(at, Math.min(best.get(at) ?? Number.POSITIVE_INFINITY, rankOf(leak)));
    }
  }
  const seen = new Set<string>();
  return leaks.filter((leak) => {
    const key = `${leak.line} ${leak.code}`;
    if (seen.has(key) || rankOf(leak) > (best.get(leak.line) ?? 0)) return false;
    seen.add(key);
    return true;
  });
}

/** The text of a file; `undefined` for one that is none. */
function textOf(bytes: Uint8Array): string | undefined {
  return utf16Text(bytes) ?? (bytes.includes(0) ? undefined : new TextDecoder().decode(bytes));
}
