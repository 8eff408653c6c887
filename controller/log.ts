// The log: one line an event, JSON for machines or text for people, to the stream it is given.

import { type Logger, pino } from 'pino';
import { isSealError } from '../src/errors.ts';

/** Where lines go. */
export interface LogStream {
  write(line: string): unknown;
}

/** The words of `--log-level`, the most talkative first. */
export const logLevels = ['debug', 'info', 'warn', 'error'] as const;
/** One of them: lines below it are not written. */
export type LogLevel = (typeof logLevels)[number];
/** The words of `--log-format`. */
export const logFormats = ['json', 'text'] as const;
/** One of them. */
export type LogFormat = (typeof logFormats)[number];

/** Fields first, then the message; `fields.error` takes an error. */
export type Log = Pick<Logger, LogLevel>;

/** A logger. Errors are logged by code and message where they are ours, and by name, code and place where they are not. */
export function createLog(options: { stream: LogStream; level: LogLevel; format: LogFormat; now: () => Date }): Log {
  const { stream, level, format, now } = options;
  const withStack = level === 'debug';
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${now().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: (error: unknown) => describeError(error, withStack) },
    },
    format === 'json' ? stream : { write: (line: string) => stream.write(asText(line)) },
  );
}

// Only our own errors promise that their message holds no value; a library's may quote what it was given.
function describeError(error: unknown, withStack: boolean): unknown {
  if (!(error instanceof Error)) return 'unknown';
  const frames = error.stack?.split('\n').filter((line) => /^\s+at /.test(line)) ?? [];
  const isOurs = isSealError(error);
  return {
    // Ours are known by their code: the names of classes are lost when the program is made small.
    ...(!isOurs && { name: error.name }),
    ...('code' in error && { code: error.code }),
    ...(isOurs && { message: error.message }),
    ...((withStack || !isOurs) && { at: frames.slice(0, 8).map((line) => line.trim()) }),
  };
}

function asText(line: string): string {
  const { level, time, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const rest = Object.entries(fields).map(
    ([name, value]) => ` ${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return `${time} ${String(level).toUpperCase().padEnd(5)} ${msg}${rest.join('')}\n`;
}
