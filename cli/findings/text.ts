// Findings for people: grouped by file, what is wrong first, the summary last.

import { counted } from '../../src/counted.ts';
import type { Finding } from '../../src/repository/finding.ts';
import { oneLine } from '../one-line.ts';
import { byFile } from './paths.ts';
import type { Report, ReportStyle } from './report.ts';

const colours = { red: 31, yellow: 33, cyan: 36, bold: 1, dim: 2 } as const;

type Paint = (colour: keyof typeof colours, text: string) => string;

/** Findings by file, the notes, and the summary. */
export function textReport(report: Report, { colour = false }: ReportStyle = {}): string {
  const paint: Paint = (name, text) => (colour ? `\u001b[${colours[name]}m${text}\u001b[0m` : text);
  const blocks = [...byFile(report.findings, fileLine)].map(([file, findings]) => {
    const width = widths(findings);
    return [paint('bold', file), ...findings.flatMap((finding) => findingLines(finding, width, paint))].join('\n');
  });
  const notes = report.notes?.length ? [report.notes.map((line) => oneLine(line)).join('\n')] : [];
  return `${[...blocks, ...notes, summary(report, paint)].join('\n\n')}\n`;
}

// On GitHub a line that starts with `::` is a command to the runner, and whoever names a file in a pull request could give one.
function fileLine(file: string): string {
  const line = oneLine(file);
  return line.startsWith('::') ? `./${line}` : line;
}

function widths(findings: readonly Finding[]): { line: number; severity: number } {
  // Not spread: the arguments of a call have an end, and the findings of a file need not have one.
  const widest = (texts: readonly string[]) => texts.reduce((most, { length }) => Math.max(most, length), 0);
  return {
    line: widest(findings.map(({ line }) => String(line))),
    severity: widest(findings.map(({ severity }) => severity)),
  };
}

function findingLines(
  { code, severity, line, message, hint }: Finding,
  width: ReturnType<typeof widths>,
  paint: Paint,
) {
  const place = String(line).padStart(width.line + 2);
  const word = paint(severity === 'error' ? 'red' : 'yellow', severity.padEnd(width.severity));
  const first = `${place}  ${word}  ${oneLine(message)}  ${paint('dim', `[${code}]`)}`;
  if (!hint) return [first];
  return [first, `${' '.repeat(width.line + 2)}  ${paint('cyan', 'hint:')} ${oneLine(hint)}`];
}

function summary({ findings, checked }: Report, paint: Paint): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const warnings = findings.length - errors;
  const found = [
    ...(errors > 0 ? [paint('red', counted(errors, 'error'))] : []),
    ...(warnings > 0 ? [paint('yellow', counted(warnings, 'warning'))] : []),
  ];
  const looked = Object.entries(checked).map(([what, count]) => counted(count, what.replace(/s$/, '')));
  return `${found.join(', ') || 'nothing found'}${looked.length > 0 ? ` in ${looked.join(', ')}` : ''}`;
}
