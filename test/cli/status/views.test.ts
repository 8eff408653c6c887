// What `seal status --watch` draws on a screen of any size.

import { describe, expect, it } from 'vitest';
import type { Board } from '../../../cli/status/board.ts';
import { Screen } from '../../../cli/status/views.ts';
import type { KubeObject } from '../../../src/kube/objects.ts';
import { FakeClock } from '../../support/clock.ts';

const object = (name: string, status: string) =>
  ({
    ...{ apiVersion: 'bitnami.com/v1alpha1', kind: 'SealedSecret' },
    metadata: { name, namespace: 'shop', uid: name, generation: 1 },
    status: { observedGeneration: 1, conditions: [{ type: 'Ready', status, reason: 'CannotOpen', message: '' }] },
  }) as KubeObject;

function drawn(
  objects: readonly KubeObject[],
  { rows, env = {}, told }: { rows?: number; env?: Record<string, string>; told?: string },
) {
  const written: (string | Uint8Array)[] = [];
  const write = (chunk: string | Uint8Array) => void written.push(chunk);
  const out = { isTTY: true, rows, write, send: async (chunk: string | Uint8Array) => write(chunk) };
  const streams = { out, err: out, in: { isTTY: true, read: async () => new Uint8Array() } };
  const board = { objects, repairs: () => new Map() } as unknown as Board;
  const screen = new Screen({ namespace: 'shop' }, { streams, env, clock: new FakeClock() });
  screen.tell('it', told);
  screen.begin(board);
  return written.join('');
}

/** What is to be read on it. */
const lines = (text: string) =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what steers the terminal is taken out
    .replace(/\u001b\[[0-9;]*[A-Za-z]/g, '')
    .trimEnd()
    .split('\n');

describe('a screen', () => {
  const many = [...Array.from({ length: 30 }, (_, at) => object(`ok-${at}`, 'True')), object('zz-lost', 'False')];

  it('never has more lines than the terminal, and what is not ready stays in sight', () => {
    const shown = lines(drawn(many, { rows: 8 }));
    expect(shown).toHaveLength(7);
    expect(shown[1]).toMatch(/^SealedSecret {2}zz-lost +False: CannotOpen /);
    expect(shown.at(-1)).toBe('… and 26 more');
  });

  it('says how many are not ready and out of sight', () => {
    const lost = Array.from({ length: 9 }, (_, at) => object(`lost-${at}`, 'False'));
    expect(lines(drawn(lost, { rows: 6 })).at(-1)).toBe('… and 6 more, 6 of them not ready');
    expect(lines(drawn(lost, {}))).toHaveLength(10);
  });

  it('keeps a line for what has to be known', () => {
    const shown = lines(drawn(many, { rows: 8, told: 'no right to watch' }));
    expect(shown).toHaveLength(7);
    expect(shown.slice(-2)).toEqual(['… and 27 more', 'no right to watch']);
  });

  it('shows in red what is not ready, and paints no padding; with NO_COLOR nothing', () => {
    const text = drawn([object('db', 'True'), object('lost', 'False')], { rows: 20 });
    expect(text).toContain('lost  \u001b[31mFalse: CannotOpen\u001b[0m');
    expect(text.split('\u001b[3')).toHaveLength(2);
    expect(drawn(many, { env: { NO_COLOR: '1' } })).not.toContain('\u001b[3');
  });

  it('lets no name of the cluster steer the terminal', () => {
    const text = drawn([object('\u001b[2Jevil\u009b2J', 'False')], { rows: 20, env: { NO_COLOR: '1' } });
    expect(text).not.toContain('\u001b[2J');
    expect(text).not.toContain('\u009b');
  });
});
