// The columns of `seal status`.

import { momentOf, spanText } from '../durations.ts';
import type { Column } from '../table.ts';
import type { StatusRow } from './row.ts';

/** The columns at that time; `namespaces`: with the one that says in which namespace an object is. */
export function columnsAt(now: () => Date, { namespaces }: { namespaces: boolean }): readonly Column<StatusRow>[] {
  const since = (text: string | undefined) => {
    const at = momentOf(text);
    return at ? spanText(now().getTime() - at.getTime()) : '';
  };
  const ago = (text: string | undefined) => (since(text) === '' ? '' : `${since(text)} ago`);
  return [
    { title: 'KIND', text: ({ kind }) => kind },
    ...(namespaces ? [{ title: 'NAMESPACE', text: ({ namespace = '' }: StatusRow) => namespace, least: 12 }] : []),
    { title: 'NAME', text: ({ name }) => name, least: 16 },
    { title: 'READY', text: readyText, colour: readyColour, least: 12 },
    { title: 'AGE', text: ({ created }) => since(created), expendable: 2 },
    { title: 'SOURCE', text: ({ source }) => source, least: 14, expendable: 3 },
    { title: 'REFRESHED', text: ({ lastRefresh }) => ago(lastRefresh), expendable: 4 },
    { title: 'NEXT', text: (row) => nextText(row, now()), expendable: 1 },
    { title: 'REPAIRED', text: repairedText(ago), expendable: 5 },
    { title: 'KEY', text: keyText, expendable: 6 },
  ];
}

function readyText({ ready, reason, stale, paused }: StatusRow): string {
  const marks = [...(stale ? ['stale'] : []), ...(paused ? ['paused'] : [])];
  const why = ready === 'True' || reason === '' ? '' : `: ${reason}`;
  return [`${ready}${why}`, ...marks].join(', ');
}

function readyColour({ ready, stale, paused }: StatusRow) {
  if (ready === 'False') return 'red';
  return ready === 'Unknown' || stale || paused ? 'yellow' : undefined;
}

function nextText({ nextRefresh, refreshSeconds }: StatusRow, now: Date): string {
  const at = momentOf(nextRefresh);
  if (at) return `in ${spanText(at.getTime() - now.getTime())}`;
  return refreshSeconds === undefined ? '' : `every ${spanText(refreshSeconds * 1000)}`;
}

const repairedText = (ago: (text: string | undefined) => string) => (row: StatusRow) => {
  if (!row.repaired) return '';
  return `${row.repaired}${row.lastRepair === undefined ? '' : `, ${ago(row.lastRepair)}`}`;
};

function keyText({ keyIds }: StatusRow): string {
  const [first = '', ...others] = keyIds.map((id) => id.slice(0, 8));
  return others.length > 0 ? `${first} +${others.length}` : first;
}
