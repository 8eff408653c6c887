// Tables for people: columns as wide as they have to be, and narrower where the terminal is.

import { type Colour, type Paint, unpainted } from './colours.ts';
import { oneLine } from './one-line.ts';

/** One column of a table of `T`. */
export interface Column<T> {
  title: string;
  /** Empty for nothing to say; a column that is empty in every row is left out. */
  text(row: T): string;
  /** It may be cut to so many characters where there is no room. Default: never. */
  least?: number;
  /** Default: none. */
  colour?(row: T): Colour | undefined;
  /** The higher, the sooner the whole column goes where cutting is not enough. Default: it stays. */
  expendable?: number;
}

/** How the rows of one table are printed. */
export interface Layout<T> {
  header: string;
  line(row: T): string;
}

const gap = '  ';

/** Decides the widths for `rows`. `width` undefined: as wide as it takes; `paint` undefined: without colours. */
export function layOut<T>(
  columns: readonly Column<T>[],
  rows: readonly T[],
  {
    width,
    keepEmpty = false,
    paint = unpainted,
  }: { width?: number | undefined; keepEmpty?: boolean; paint?: Paint } = {},
): Layout<T> {
  const cells = (column: Column<T>) => rows.map((row) => cellOf(column, row));
  const widthOf = (column: Column<T>) =>
    cells(column).reduce((most, { length }) => Math.max(most, length), column.title.length);
  const used = columns.filter((column) => keepEmpty || cells(column).some((text) => text !== ''));
  const chosen = fittedInto(
    used.map((column) => ({ column, width: widthOf(column) })),
    width ?? Number.POSITIVE_INFINITY,
  );
  const printed = (textOf: (column: Column<T>) => string, colourOf: (column: Column<T>) => Colour | undefined) =>
    chosen
      .map(({ column, width: room }) => {
        const text = cut(textOf(column), room);
        return `${paint(colourOf(column), text)}${' '.repeat(room - text.length)}`;
      })
      .join(gap)
      .trimEnd();
  return {
    header: printed(
      ({ title }) => title,
      () => undefined,
    ),
    line: (row) =>
      printed(
        (column) => cellOf(column, row),
        (column) => column.colour?.(row),
      ),
  };
}

interface Fitted<T> {
  column: Column<T>;
  width: number;
}

function fittedInto<T>(columns: readonly Fitted<T>[], room: number): Fitted<T>[] {
  const total = columns.reduce((sum, { width }) => sum + width + gap.length, -gap.length);
  const spare = ({ column, width }: Fitted<T>) => width - Math.max(column.least ?? width, column.title.length);
  if (total <= room) return [...columns];
  if (columns.reduce((sum, each) => sum + spare(each), 0) >= total - room)
    return narrowed(columns, total - room, spare);
  const [first] = [...columns].sort((a, b) => (b.column.expendable ?? 0) - (a.column.expendable ?? 0));
  if (!first?.column.expendable) return narrowed(columns, total - room, spare);
  return fittedInto(
    columns.filter((each) => each !== first),
    room,
  );
}

// A character at a time off the column that has most to give.
function narrowed<T>(columns: readonly Fitted<T>[], excess: number, spare: (each: Fitted<T>) => number): Fitted<T>[] {
  const result = columns.map((each) => ({ ...each }));
  for (let left = excess; left > 0; left--) {
    const widest = result.reduce((a, b) => (spare(b) > spare(a) ? b : a));
    if (spare(widest) <= 0) break;
    widest.width--;
  }
  return result;
}

const cellOf = <T>(column: Column<T>, row: T) => oneLine(column.text(row));

const cut = (text: string, room: number) => (text.length > room ? `${text.slice(0, Math.max(0, room - 1))}…` : text);
