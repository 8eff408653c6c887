// A matrix as a table for people: a line for each item, a column for each environment, with the age of every value.

import type { Matrix, MatrixRow } from '../src/repository/matrix.ts';
import type { RecordLine } from '../src/seal/record.ts';
import { layOut } from './table.ts';

/** How a table looks. */
export interface TableOptions {
  /** The environments that are shown, in this order. */
  environments: readonly string[];
  now: Date;
  /** What to say of an item that is missing. Default: `✗ missing`. */
  missing?: (row: MatrixRow, item: string, environment: string) => string;
}

/** A line of the table: a Secret, or an item of it. */
interface Line {
  row: MatrixRow;
  item?: string;
}

/** Lines without line ends. Each Secret comes with a line of its own above its items. */
export function tableLines({ rows }: Pick<Matrix, 'rows'>, options: TableOptions): string[] {
  const { environments, now, missing = () => '✗ missing' } = options;
  const textIn = (environment: string, { row, item }: Line) => {
    const cell = row.cells.get(environment);
    if (item === undefined) return cell ? '' : '✗ missing';
    return cell?.items.has(item)
      ? `✓ ${ageText(cell.items.get(item), now)}`.trimEnd()
      : missing(row, item, environment);
  };
  const lines = rows.flatMap((row): Line[] => [{ row }, ...row.items.map((item) => ({ row, item }))]);
  const columns = [
    { title: 'SECRET', text: ({ row, item }: Line) => (item === undefined ? titleOf(row) : `  ${item}`) },
    ...environments.map((title) => ({ title, text: (line: Line) => textIn(title, line) })),
  ];
  const { header, line } = layOut(columns, lines, { keepEmpty: true });
  return [header, ...lines.map(line)];
}

function titleOf({ name, place }: MatrixRow): string {
  return place === '' ? name : `${name} (${place})`;
}

/** Days since a value was sealed: `12 d`; nothing where no record says it. */
function ageText(line: RecordLine | undefined, now: Date): string {
  const days = ageDaysOf(line, now);
  return days === undefined ? '' : `${days} d`;
}

/** Whole days since a value was sealed; `undefined` where no record says it, or says no day. */
export function ageDaysOf(line: RecordLine | undefined, now: Date): number | undefined {
  const sealed = Date.parse(line?.day ?? '');
  return Number.isNaN(sealed) ? undefined : Math.max(0, Math.floor((now.getTime() - sealed) / 86_400_000));
}
