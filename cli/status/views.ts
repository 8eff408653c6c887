// How `seal status --watch` shows what changes: a terminal is drawn anew, anything else gets a line for each change.

import { LinkedAbort } from '../../src/kube/abort.ts';
import type { KubeObject } from '../../src/kube/objects.ts';
import { paintFor } from '../colours.ts';
import type { Context } from '../context.ts';
import { jsonLine } from '../json.ts';
import { stateKinds } from '../kinds.ts';
import { oneLine } from '../one-line.ts';
import { type Layout, layOut } from '../table.ts';
import { warn } from '../ui.ts';
import type { Board } from './board.ts';
import type { Scope } from './collect.ts';
import { columnsAt } from './columns.ts';
import { type Repairs, rowOf, type StatusRow } from './row.ts';

type Viewing = Pick<Context, 'clock' | 'streams' | 'env'>;

/** What shows a board. */
export interface View {
  /** Shows what is there. */
  begin(board: Board): void;
  changed(board: Board, uid: string): void;
  /** Says what has to be known about all of it, or that it is over. */
  tell(about: string, text: string | undefined): void;
  /** Goes on until the signal aborts, where time alone changes what is shown. */
  keep(board: Board, signal: AbortSignal): Promise<void>;
}

/** A row for each object, in the order in which they are shown. `repaired` undefined: not known. */
export function rowsOf(
  objects: readonly KubeObject[],
  repaired: ReadonlyMap<string, Repairs> | undefined,
  now: Date,
): StatusRow[] {
  const rows = objects.map((object) => oneRow(object, repaired, now));
  return rows.sort(
    (a, b) => rankOf(a) - rankOf(b) || compare(a.namespace ?? '', b.namespace ?? '') || compare(a.name, b.name),
  );
}

const noRepairs: Repairs = { count: 0, last: undefined };

const oneRow = (object: KubeObject, repaired: ReadonlyMap<string, Repairs> | undefined, now: Date) =>
  rowOf(object, repaired && (repaired.get(object.metadata.uid ?? '') ?? noRepairs), now);

const rankOf = ({ kind }: StatusRow) => stateKinds.findIndex((known) => known.kind === kind);
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** The table as it fits where it is written. */
export function layoutOf(
  rows: readonly StatusRow[],
  { namespace }: Scope,
  { clock, streams, env }: Viewing,
): Layout<StatusRow> {
  const columns = columnsAt(() => clock.now(), { namespaces: namespace === undefined });
  return layOut(columns, rows, { width: streams.out.columns, paint: paintFor(streams.out, env) });
}

/** As many rows as the terminal has lines for, those that are not well first, and a line about the others. */
function fitted(rows: readonly StatusRow[], height: number | undefined) {
  // The header, and the line where the cursor stands.
  const room = Math.max(2, (height ?? Number.POSITIVE_INFINITY) - 2);
  if (rows.length <= room) return { shown: rows, rest: undefined };
  const isWell = ({ ready, stale, paused }: StatusRow) => ready === 'True' && !stale && !paused;
  const [well, unwell] = [rows.filter(isWell), rows.filter((row) => !isWell(row))];
  const shown = [...unwell, ...well].slice(0, room - 1);
  const hidden = Math.max(0, unwell.length - shown.length);
  const more = `… and ${rows.length - shown.length} more`;
  return { shown, rest: hidden > 0 ? `${more}, ${hidden} of them not ready` : more };
}

// Many changes come at once, and a terminal is slow.
const settleMs = 100;
// Ages grow.
const ageMs = 10_000;

/** A terminal: everything drawn anew, soon after a change and now and then, as ages grow. */
export class Screen implements View {
  readonly #scope: Scope;
  readonly #context: Viewing;
  readonly #told = new Map<string, string>();
  #isDrawn = true;
  #wake: () => void = () => undefined;

  constructor(scope: Scope, context: Viewing) {
    this.#scope = scope;
    this.#context = context;
  }

  begin(board: Board): void {
    const rows = rowsOf(board.objects, board.repairs(), this.#context.clock.now());
    const { streams, env } = this.#context;
    const { out } = streams;
    const { header, line } = layoutOf(rows, this.#scope, this.#context);
    const told = [...this.#told.values()].map((text) => paintFor(out, env)('yellow', oneLine(text)));
    const { shown, rest } = fitted(rows, out.rows === undefined ? undefined : out.rows - told.length);
    const lines = [header, ...shown.map(line), ...(rest === undefined ? [] : [rest]), ...told];
    // Over what stands there, line by line: a cleared screen would flicker.
    const text = lines.map((each) => `${each}\u001b[K\n`).join('');
    out.write(`\u001b[H${text}\u001b[J`);
    this.#isDrawn = true;
  }

  // What is written to standard error would stand on the same terminal until it is drawn anew, and be gone then.
  tell(about: string, text: string | undefined): void {
    if (text === undefined) this.#told.delete(about);
    else this.#told.set(about, text);
    this.changed();
  }

  changed(): void {
    if (!this.#isDrawn) return;
    this.#isDrawn = false;
    this.#wake();
  }

  async keep(board: Board, signal: AbortSignal): Promise<void> {
    const { clock } = this.#context;
    while (!signal.aborted) {
      const woken = new LinkedAbort(signal);
      this.#wake = () => clock.timer(settleMs, () => woken.abort());
      if (!this.#isDrawn) this.#wake();
      await clock.sleep(ageMs, woken.signal).catch(() => undefined);
      woken.leave();
      if (!signal.aborted) this.begin(board);
    }
  }
}

/** A file or a pipe: what is there, then a line for each object whose state is another. */
export class Lines implements View {
  readonly #context: Viewing;
  readonly #scope: Scope;
  readonly #json: boolean;
  readonly #said = new Map<string, string>();
  #layout: Layout<StatusRow> | undefined;

  constructor(scope: Scope, context: Viewing, { json }: { json: boolean }) {
    this.#scope = scope;
    this.#context = context;
    this.#json = json;
  }

  begin(board: Board): void {
    const { clock, streams } = this.#context;
    const rows = rowsOf(board.objects, board.repairs(), clock.now());
    // Columns that are empty now may be filled by what comes.
    const columns = columnsAt(() => clock.now(), { namespaces: this.#scope.namespace === undefined });
    this.#layout = layOut(columns, rows, { keepEmpty: true });
    if (!this.#json) streams.out.write(`${this.#layout.header}\n`);
    for (const row of rows) this.#say(row);
  }

  changed(board: Board, uid: string): void {
    const found = board.object(uid);
    if (!found) return;
    const row = oneRow(found.object, board.repairs(), this.#context.clock.now());
    this.#say(found.isGone ? { ...row, ready: 'Unknown', reason: 'Gone', message: 'deleted' } : row);
  }

  tell(_: string, text: string | undefined): void {
    if (text !== undefined) warn(this.#context, text);
  }

  #say(row: StatusRow): void {
    const key = `${row.kind} ${row.namespace}/${row.name}`;
    // Time alone is no change.
    const { nextRefresh: _, refreshSeconds: __, ...state } = row;
    const text = JSON.stringify(state);
    if (this.#said.get(key) === text) return;
    this.#said.set(key, text);
    const line = this.#json ? jsonLine(row) : `${this.#layout?.line(row)}\n`;
    this.#context.streams.out.write(line);
  }

  keep(): Promise<void> {
    return Promise.resolve();
  }
}
