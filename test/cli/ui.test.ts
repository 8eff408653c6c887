// What is said on standard error: errors with hints, and progress on terminals alone.

import { describe, expect, test } from 'vitest';
import type { Context } from '../../cli/context.ts';
import { Progress, reportError, warn } from '../../cli/ui.ts';
import { SealError } from '../../src/errors.ts';
import { FakeClock } from '../support/clock.ts';

function screen({ isTTY = false, env = {} as Record<string, string> } = {}) {
  let printed = '';
  const err = {
    isTTY,
    write(chunk: string | Uint8Array) {
      printed += chunk;
    },
  };
  const clock = new FakeClock();
  const context = {
    env,
    clock,
    streams: { err, out: err, in: { isTTY, read: async () => new Uint8Array() } },
  } as unknown as Context;
  return { context, clock, printed: () => printed };
}

describe('errors', () => {
  test('are one line and their hints, whatever a name tries', () => {
    const { context, printed } = screen();
    reportError(context, new SealError('X', 'no such file: a\nseal: fine\u001b[2J', { hint: ['one', 'two'] }));
    expect(printed()).toBe('seal: no such file: a seal: fine\ufffd[2J\nhint: one\nhint: two\n');
  });

  test('that are not ours are never quoted, with --debug neither', () => {
    for (const debug of [false, true]) {
      const { context, printed } = screen();
      reportError(context, new SyntaxError('Unexpected token in "hunter2"', { cause: new Error('hunter2') }), {
        debug,
      });
      expect(printed()).toMatch(/^seal: unexpected failure \(SyntaxError\)\n/);
      expect(printed()).not.toContain('hunter2');
      expect(/\n {4}at /.test(printed())).toBe(debug);
    }
  });

  test('are coloured on a terminal, unless NO_COLOR is set', () => {
    const coloured = screen({ isTTY: true });
    warn(coloured.context, 'careful');
    expect(coloured.printed()).toContain('\u001b[33mwarning:\u001b[0m');
    const plain = screen({ isTTY: true, env: { NO_COLOR: '1' } });
    warn(plain.context, 'careful');
    expect(plain.printed()).toBe('warning: careful\n');
  });
});

describe('progress', () => {
  test('shows once a second is over, on a terminal only, and leaves no trace', async () => {
    const { context, clock, printed } = screen({ isTTY: true });
    const progress = new Progress(context, { label: 'sealing', total: 10, enabled: true });
    progress.step();
    expect(printed()).toBe('');
    await clock.advance(1200);
    progress.step();
    expect(printed()).toMatch(/sealing █+░+ 2\/10$/);
    progress.end();
    expect(printed()).toSatisfy((text: string) => text.endsWith('\r\u001b[K'));
  });

  test.each([
    { isTTY: false, enabled: true },
    { isTTY: true, enabled: false },
  ])('stays away with %j', async ({ isTTY, enabled }) => {
    const { context, clock, printed } = screen({ isTTY });
    const progress = new Progress(context, { label: 'sealing', total: 10, enabled });
    await clock.advance(5000);
    progress.step();
    progress.end();
    expect(printed()).toBe('');
  });
});
