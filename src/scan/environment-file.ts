// Values of `.env` files.

import { isMadeUp } from './made-up.ts';
import { leakOf } from './patterns.ts';
import type { Leak } from './rule.ts';
import { namesSecret } from './rules/assigned.ts';
import { structures } from './structures.ts';

const environmentFile = /(?:^|\/)(?:\.env(?:\.[\w.-]+)?|[\w.-]+\.env|\.envrc)$/i;
const forOthers = /example|sample|template|\.dist|\.tpl|schema|defaults?(?:\.|$)/i;
const secretWord = /pass|pwd|secret|token|key|credential|creds|auth(?!or)|dsn|cookie|salt|private|webhook/i;
const assignment = /^[ \t]{0,20}(?:export[ \t]{1,8})?(\w{1,200})[ \t]{0,8}=[ \t]{0,8}([\s\S]*)$/;

/** What a `.env` file tells; nothing for files of other names. */
export function environmentLeaks(file: string, text: string): Leak[] {
  const name = file.slice(file.lastIndexOf('/') + 1);
  if (!environmentFile.test(file) || forOthers.test(name)) return [];
  return text
    .split('\n')
    .flatMap((line, index) => (isLeak(line) ? [leakOf(structures.environmentFile, index + 1)] : []));
}

function isLeak(line: string): boolean {
  const [, name = '', rest = ''] = assignment.exec(line.replace(/\r$/, '')) ?? [];
  return secretWord.test(name) && namesSecret(name) && isValue(assignedValue(rest));
}

function assignedValue(rest: string): string {
  const quoted = /^(["'`])([\s\S]*?)\1/.exec(rest);
  return quoted?.[2] ?? rest.replace(/[ \t]#[\s\S]*$/, '').trim();
}

function isValue(value: string): boolean {
  if (value.length < 4 || /^(?:true|false|null|none|\d{1,5})$/i.test(value)) return false;
  // Where a secret is kept is no secret.
  return !/^(?:\/|\.\.?\/|~\/)[\w./-]*$/.test(value) && !isMadeUp(value);
}
