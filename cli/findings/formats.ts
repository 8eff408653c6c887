// The forms in which a checking command tells what it found, by the word that `--format` takes.

import { excluding } from '../arguments.ts';
import { isColoured } from '../colours.ts';
import type { Context } from '../context.ts';
import { choice, flag } from '../options.ts';
import { githubReport } from './github.ts';
import { gitlabReport } from './gitlab.ts';
import { jsonReport } from './json.ts';
import { junitReport } from './junit.ts';
import type { Report, ReportStyle } from './report.ts';
import { sarifReport } from './sarif.ts';
import { textReport } from './text.ts';

/** Each answers the whole of standard output. */
export const reportFormats = {
  text: textReport,
  github: githubReport,
  gitlab: gitlabReport,
  sarif: sarifReport,
  junit: junitReport,
  json: jsonReport,
} as const satisfies Record<string, (report: Report, style: ReportStyle) => string>;

/** A word that `--format` takes. */
export type ReportFormat = keyof typeof reportFormats;

/** Options of every command that reports findings. */
export const reportOptions = {
  format: choice(
    '--format <format>',
    Object.keys(reportFormats) as ReportFormat[],
    'form of the result; default: text',
  ),
  json: flag('--json', 'the same as --format json'),
  strict: flag('--strict', 'warnings fail as well'),
} as const;

/** The form that is asked for. Throws `UsageError` for two that contradict each other. */
export function formatOf({ format, json }: { format: ReportFormat | undefined; json: boolean }): ReportFormat {
  if (json && format !== undefined && format !== 'json') throw excluding('--json', `--format ${format}`);
  return json ? 'json' : (format ?? 'text');
}

/** Writes a report to standard output. */
export function writeReport(report: Report, format: ReportFormat, { streams, env }: Context): void {
  streams.out.write(reportFormats[format](report, { colour: isColoured(streams.out, env) }));
}
