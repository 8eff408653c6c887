// Texts with marks that say what stands where, and a check of edits against them that knows nothing of YAML or JSON.

const [open, named, close] = ['\ue000', '\ue001', '\ue002'];

/** A half-open range of UTF-16 offsets. */
export interface Range {
  from: number;
  to: number;
}

/** A text whose marks were taken out. */
export interface Unmarked {
  text: string;
  /** By name, in the order of the text. Marks may stand within marks. */
  ranges: Map<string, Range[]>;
}

/** `text` with a mark around it. The mark survives whatever is done to lines and indentation. */
export function mark(name: string, text = ''): string {
  return open + name + named + text + close;
}

/** Takes the marks out and says where they were. */
export function unmark(marked: string): Unmarked {
  const ranges: Unmarked['ranges'] = new Map();
  const pending: { name: string; range: Range }[] = [];
  let text = '';
  for (const [part] of marked.matchAll(/\ue000[^\ue001]*\ue001|\ue002|[^\ue000\ue002]+/g)) {
    if (part.startsWith(open)) {
      const opened = { name: part.slice(1, -1), range: { from: text.length, to: text.length } };
      pending.push(opened);
      ranges.set(opened.name, [...(ranges.get(opened.name) ?? []), opened.range]);
    } else if (part === close) {
      const closed = pending.pop();
      if (!closed) throw new TypeError('a mark is closed that was not opened');
      closed.range.to = text.length;
    } else text += part;
  }
  if (pending.length > 0) throw new TypeError(`marks are left open: ${pending.map(({ name }) => name).join(', ')}`);
  return { text, ranges };
}

/** Where a text may change. `insertion`: by one piece that is put in somewhere, with nothing taken away. */
export interface Allowed extends Range {
  insertion?: boolean;
}

/** Whether `after` is `before` but for changes in the ranges that are allowed; every other character is there, in its order. */
export function changesOnly(before: string, after: string, allowed: readonly Allowed[]): boolean {
  const ranges = outermost(allowed);
  const fixed = [...ranges, undefined].map((range, index) =>
    before.slice(index === 0 ? 0 : ranges[index - 1]?.to, range?.from),
  );
  // Ways that were tried and led nowhere: without them a few ranges take for ever.
  const dead = new Set<string>();
  const fits = (index: number, at: number): boolean => {
    const range = ranges[index];
    const next = fixed[index + 1];
    if (!range || next === undefined) return at === after.length;
    if (dead.has(`${index} ${at}`)) return false;
    const isLast = index === ranges.length - 1;
    const first = isLast ? Math.max(after.length - next.length, at) : at;
    for (let end = after.indexOf(next, first); end !== -1; end = after.indexOf(next, end + 1)) {
      const change = { old: before.slice(range.from, range.to), now: after.slice(at, end) };
      if ((!range.insertion || isInsertion(change)) && fits(index + 1, end + next.length)) return true;
      // The empty text is found at the end again and again.
      if (end === after.length) break;
    }
    dead.add(`${index} ${at}`);
    return false;
  };
  const [start = ''] = fixed;
  return after.startsWith(start) && fits(0, start.length);
}

/** Ranges in order, those within others left out, and those that touch made one. */
function outermost(allowed: readonly Allowed[]): Allowed[] {
  const ranges: Allowed[] = [];
  for (const range of [...allowed].sort((a, b) => a.from - b.from || b.to - a.to)) {
    const last = ranges.at(-1);
    if (last && range.to <= last.to) continue;
    if (last && range.from <= last.to && !last.insertion && !range.insertion) last.to = range.to;
    else ranges.push({ ...range });
  }
  return ranges;
}

function isInsertion({ old, now }: { old: string; now: string }): boolean {
  let [start, end] = [0, 0];
  while (start < old.length && old[start] === now[start]) start += 1;
  while (end < old.length && old.at(-1 - end) === now.at(-1 - end)) end += 1;
  return now.length >= old.length && start + end >= old.length;
}
