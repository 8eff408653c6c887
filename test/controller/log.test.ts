// What log lines tell of errors, and what they keep to themselves.

import { describe, expect, it } from 'vitest';
import { createLog, type LogFormat, type LogLevel } from '../../controller/log.ts';
import { FormatError } from '../../src/errors.ts';

function open(level: LogLevel = 'info', format: LogFormat = 'json') {
  const lines: string[] = [];
  const stream = { write: (line: string) => lines.push(line) };
  const now = () => new Date('2026-01-02T03:04:05.678Z');
  return { log: createLog({ stream, level, format, now }), lines };
}

// As the program has them, made small.
class t extends FormatError {}

describe('the log', () => {
  it('knows our own errors by code and message, and not by a name that building took away', () => {
    const { log, lines } = open();
    log.warn({ secret: 'a/key', error: new t('NOT_RSA', 'the private key is not an RSA key but EC') }, 'skipped');
    expect(JSON.parse(lines.join(''))).toEqual({
      level: 'warn',
      time: '2026-01-02T03:04:05.678Z',
      secret: 'a/key',
      error: { code: 'NOT_RSA', message: 'the private key is not an RSA key but EC' },
      msg: 'skipped',
    });
  });

  it('tells name and place of errors that are not ours, whose message may quote a value', () => {
    const { log, lines } = open();
    log.error({ error: new SyntaxError('Unexpected token s3cret') }, 'failed');
    const [line = ''] = lines;
    expect(JSON.parse(line).error).toMatchObject({
      name: 'SyntaxError',
      at: expect.arrayContaining([expect.stringMatching(/^at /)]),
    });
    expect(line).not.toContain('s3cret');
  });

  it('is text for people where that is asked for', () => {
    const { log, lines } = open('info', 'text');
    log.info({ keys: 2, secret: 'a/key' }, 'reconciling');
    log.debug({}, 'unseen');
    expect(lines).toEqual(['2026-01-02T03:04:05.678Z INFO  reconciling keys=2 secret=a/key\n']);
  });
});
