// An instant in a zone, as Go's time.Time: formatted and read by layouts.

import type { Text } from '../bytes.ts';
import { GoStruct } from '../values.ts';
import { days, months, partsOf } from './layouts.ts';

export interface Zone {
  /** Seconds east of UTC. */
  offset: number;
  /** Abbreviation; empty for none. */
  name: string;
}

export const utc: Zone = { offset: 0, name: 'UTC' };

/** A time as a template's value. */
export class GoTime extends GoStruct {
  /** Since 1970, without the nanoseconds. */
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly zone: Zone;

  constructor(seconds: number, nanoseconds: number, zone: Zone) {
    const shown = (layout: Text) => formatted({ seconds, nanoseconds, zone }, layout);
    const fraction = nanoseconds === 0 ? '' : '.999999999';
    super({
      type: 'time.Time',
      text: shown(`2006-01-02 15:04:05${fraction} -0700 MST`),
      json: shown(`2006-01-02T15:04:05${fraction}Z07:00`),
    });
    this.seconds = seconds;
    this.nanoseconds = nanoseconds;
    this.zone = zone;
  }
}

interface Instant {
  seconds: number;
  nanoseconds: number;
  zone: Zone;
}

const pad = (value: number, width: number) => String(value).padStart(width, '0');

/** Time.Format. */
export function formatted({ seconds, nanoseconds, zone }: Instant, layout: Text): Text {
  const date = new Date((seconds + zone.offset) * 1000);
  return partsOf(layout)
    .map((part) =>
      'text' in part ? part.text : (written(part.element, date, zone) ?? fractionOf(part.element, nanoseconds)),
    )
    .join('');
}

function written(element: string, date: Date, zone: Zone): Text | undefined {
  const [year, month, day, hour] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate(), date.getUTCHours()];
  const yearDay =
    Math.floor((date.getTime() - Date.UTC(2000, 0, 1) + (Date.UTC(2000, 0, 1) - startOf(year))) / 86_400_000) + 1;
  const hour12 = hour % 12 === 0 ? 12 : hour % 12;
  const table: Record<string, () => Text> = {
    January: () => months[month] ?? '',
    Jan: () => (months[month] ?? '').slice(0, 3),
    Monday: () => days[date.getUTCDay()] ?? '',
    Mon: () => (days[date.getUTCDay()] ?? '').slice(0, 3),
    MST: () => zone.name || offsetText('-0700', zone.offset),
    '2006': () => pad(year, 4),
    '06': () => pad(year % 100, 2),
    '01': () => pad(month + 1, 2),
    '1': () => String(month + 1),
    '02': () => pad(day, 2),
    _2: () => String(day).padStart(2),
    '2': () => String(day),
    '002': () => pad(yearDay, 3),
    __2: () => String(yearDay).padStart(3),
    '15': () => pad(hour, 2),
    '03': () => pad(hour12, 2),
    '3': () => String(hour12),
    '04': () => pad(date.getUTCMinutes(), 2),
    '4': () => String(date.getUTCMinutes()),
    '05': () => pad(date.getUTCSeconds(), 2),
    '5': () => String(date.getUTCSeconds()),
    PM: () => (hour >= 12 ? 'PM' : 'AM'),
    pm: () => (hour >= 12 ? 'pm' : 'am'),
  };
  if (element.startsWith('Z')) return zone.offset === 0 ? 'Z' : offsetText(element, zone.offset);
  return element.startsWith('-') ? offsetText(element, zone.offset) : table[element]?.();
}

function startOf(year: number): number {
  return new Date(0).setUTCFullYear(year, 0, 1);
}

/** An offset in the form of `-07:00` and its like. */
function offsetText(element: string, offset: number): Text {
  const size = Math.abs(offset);
  const colon = element.includes(':') ? ':' : '';
  const digits = element.replace(/\D/g, '').length;
  const [hours, minutes, seconds] = [Math.floor(size / 3600), Math.floor(size / 60) % 60, size % 60].map((one) =>
    pad(one, 2),
  );
  const rest = (digits > 2 ? colon + minutes : '') + (digits > 4 ? colon + seconds : '');
  return (offset < 0 ? '-' : '+') + hours + rest;
}

function fractionOf(element: string, nanoseconds: number): Text {
  const digits = pad(nanoseconds, 9).slice(0, element.length - 1);
  if (element[1] === '0') return element[0] + digits.padEnd(element.length - 1, '0');
  const trimmed = digits.replace(/0+$/, '');
  return trimmed === '' ? '' : element[0] + trimmed;
}

/** What stands for an element when a date is read. */
const readable: Record<string, string> = {
  January: `(${months.join('|')})`,
  Jan: `(${months.map((name) => name.slice(0, 3)).join('|')})`,
  Monday: `(${days.join('|')})`,
  Mon: `(${days.map((name) => name.slice(0, 3)).join('|')})`,
  MST: '(UTC|[A-Z]{3,4})',
  '2006': '(\\d{4})',
  '06': '(\\d{2})',
  '01': '(\\d{2})',
  '1': '(\\d{1,2})',
  '02': '(\\d{2})',
  _2: '( ?\\d{1,2})',
  '2': '(\\d{1,2})',
  '15': '(\\d{1,2})',
  '03': '(\\d{2})',
  '3': '(\\d{1,2})',
  '04': '(\\d{2})',
  '4': '(\\d{1,2})',
  '05': '(\\d{2}(?:[.,]\\d+)?)',
  '5': '(\\d{1,2}(?:[.,]\\d+)?)',
  PM: '(AM|PM)',
  pm: '(am|pm)',
};

/** A date in a layout; `undefined` where it does not fit it. Layouts with days of the year or fractions are not read. */
export function parseTime(layout: Text, text: Text): GoTime | undefined {
  const parts = partsOf(layout);
  let group = 0;
  const sources = parts.map((part) => {
    if ('text' in part) return literal(part.text);
    const source = pattern(part.element);
    group += 1;
    // As in Go, nothing is given back once it is taken; to try all ways would take exponential time.
    return source === undefined ? undefined : `(?=${source})(?:\\${group})`;
  });
  if (sources.includes(undefined)) return undefined;
  const match = new RegExp(`^${sources.join('')}$`, 'i').exec(text);
  if (match === null) return undefined;
  const elements = parts.flatMap((part) => ('element' in part ? [part.element] : []));
  return timeOf(elements.map((name, at) => [name, match[at + 1] ?? '']));
}

function literal(text: Text): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&').replace(/ +/g, ' +(?! )');
}

function pattern(element: string): string | undefined {
  if (!/^[-Z]/.test(element)) return readable[element];
  const colon = element.includes(':') ? ':' : '';
  const digits = element.replace(/\D/g, '').length;
  const offset = `[+-]\\d{2}${`${colon}\\d{2}`.repeat(digits / 2 - 1)}`;
  return element.startsWith('Z') ? `(Z|${offset})` : `(${offset})`;
}

function timeOf(found: readonly (readonly [string, Text])[]): GoTime | undefined {
  let [year, month, day, hour, minute] = [0, 1, 1, 0, 0];
  let [second, nanoseconds, zone, half] = [0, 0, utc, ''];
  for (const [name, value] of found) {
    if (name === '2006') year = Number(value);
    else if (name === '06') year = Number(value) + (Number(value) >= 69 ? 1900 : 2000);
    else if (/^(?:January|Jan)$/.test(name)) {
      month = months.findIndex((one) => one.slice(0, value.length).toLowerCase() === value.toLowerCase()) + 1;
    } else if (/^0?1$/.test(name)) month = Number(value);
    else if (/^[0_]?2$/.test(name)) day = Number(value);
    else if (/^(?:15|0?3)$/.test(name)) hour = /3$/.test(name) && Number(value) > 12 ? 99 : Number(value);
    else if (/^0?4$/.test(name)) minute = Number(value);
    else if (/^0?5$/.test(name)) {
      second = Number(value.slice(0, 2).replace(/[.,]/, ''));
      nanoseconds = Number((/[.,](\d+)$/.exec(value)?.[1] ?? '').slice(0, 9).padEnd(9, '0'));
    } else if (/^pm$/i.test(name)) half = value.toLowerCase();
    else if (name === 'MST') zone = { offset: 0, name: value };
    else if (/^[-Z]/.test(name))
      zone = value === 'Z' || /^[+-][0:]+$/.test(value) ? utc : { offset: offsetOf(value), name: '' };
  }
  if (half === 'pm' && hour < 12) hour += 12;
  if (half === 'am' && hour === 12) hour = 0;
  const lastDay = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
  const isValid = month >= 1 && month <= 12 && day >= 1 && day <= lastDay && hour < 24 && minute < 60 && second < 60;
  if (!isValid) return undefined;
  const midnight = new Date(0).setUTCFullYear(year, month - 1, day) / 1000;
  return new GoTime(midnight + hour * 3600 + minute * 60 + second - zone.offset, nanoseconds, zone);
}

function offsetOf(text: Text): number {
  const [hours = 0, minutes = 0, seconds = 0] = (text.match(/\d{2}/g) ?? []).map(Number);
  return (text.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60 + seconds);
}
