// A matrix as a table for people: a line for each item, a column for each environment, with the age of every value.

import type { Matrix, MatrixRow } from '../src/repository/matrix.ts';
import type { RecordLine } from '../src/seal/record.ts';
import { oneLine } from './ui.ts';

/** How a table looks. */
export interface TableOptions {
  /** The environments that are shown, in this order. */
  environments: readonly string[];
  now: Date;
  /** What to say of an item that is missing. Default: `✗ missing`. */
  missing?: (row: MatrixRow, item: string, environment: string) => string;
}

/** Lines without line ends. Each Secret comes with a line of its own above its items. */
export function tableLines({ rows }: Pick<Matrix, 'rows'>, options: TableOptions): string[] {
  const { environments, now, missing = () => '✗ missing' } = options;
  const lines = rows.flatMap((row) => [
    [titleOf(row), ...environments.map((name) => (row.cells.has(name) ? '' : '✗ missing'))],
    ...row.items.map((item) => [
      `  ${item}`,
      ...environments.map((name) => {
        const cell = row.cells.get(name);
        return cell?.items.has(item) ? `✓ ${ageText(cell.items.get(item), now)}`.trimEnd() : missing(row, item, name);
      }),
    ]),
  ]);
  return aligned([['SECRET', ...environments], ...lines].map((cells) => cells.map(oneLine)));
}

function titleOf({ name, place }: MatrixRow): string {
  return place === '' ? name : `${name} (${place})`;
}

/** Days since a value was sealed: `12 d`; nothing where no record says it. */
export function ageText(line: RecordLine | undefined, now: Date): string {
  const days = ageDaysOf(line, now);
  return days === undefined ? '' : `${days} d`;
}

/** Whole days since a value was sealed; `undefined` where no record says it, or says no day. */
export function ageDaysOf(line: RecordLine | undefined, now: Date): number | undefined {
  const sealed = Date.parse(line?.day ?? '');
  return Number.isNaN(sealed) ? undefined : Math.max(0, Math.floor((now.getTime() - sealed) / 86_400_000));
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((cells) => (cells[column] ?? '').length)));
  return rows.map((cells) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
