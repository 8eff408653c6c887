// The part of undici that is built in: all that is imported, and no fetch before it is asked for.

import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, it } from 'vitest';

const root = new URL('../..', import.meta.url);
const part = createRequire(import.meta.url)('../../tools/undici.cjs') as Record<string, unknown>;

/** What our sources import of undici and use as a value. */
function imported(): string[] {
  const files = ['src', 'controller', 'cli', 'keys'].flatMap((room) =>
    readdirSync(new URL(room, root), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${room}/${name}`),
  );
  const lists = files.flatMap((file) =>
    Array.from(
      readFileSync(new URL(file, root), 'utf8').matchAll(/^import \{([^}]*)\} from 'undici'/gm),
      ([, names = '']) => names.split(','),
    ),
  );
  return lists.flat().flatMap((name) => (/^\s*type\s/.test(name) || name.trim() === '' ? [] : [name.trim()]));
}

it('the build has everything of undici that is imported', () => {
  expect(imported()).not.toEqual([]);
  expect(Object.keys(part)).toEqual(expect.arrayContaining(imported()));
  for (const name of Object.keys(part)) expect(part[name], name).toBeTypeOf('function');
});

it('the build loads no fetch until it is asked for', () => {
  const script = `require('./tools/undici.cjs');
    const loaded = [...Object.keys(require.cache), ...process.moduleLoadList];
    console.log(loaded.filter((name) => /undici.(lib.web.fetch.index|lib.mock|lib.web.websocket|undici$)/.test(name)).join());`;
  expect(execFileSync(process.execPath, ['-e', script], { cwd: root, encoding: 'utf8' }).trim()).toBe('');
});
