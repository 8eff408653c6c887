// sprig 3.3.0's dates (date.go), of given times alone. The local zone is UTC, as it is in a container.

import type { Text } from '../bytes.ts';
import { FunctionFailure } from '../errors.ts';
import { type FunctionTable, fn } from '../functions.ts';
import type { Value } from '../values.ts';
import { parseInteger } from './cast.ts';
import { durationText, parseDuration, roundedDuration } from './durations.ts';
import { formatted, GoTime, parseTime, utc, type Zone } from './times.ts';

const second = 1_000_000_000n;
const inZone = fn(['string', 'any', 'string'], ([layout, date, zone]) => shown(layout, date, zone));
const modify = fn(['string', 'any'], ([by, date]) => {
  const duration = parseDuration(by);
  return duration === undefined ? timeOf(date) : moved(timeOf(date), duration);
});
const mustModify = fn(['string', 'any'], ([by, date]) => {
  const duration = parseDuration(by);
  if (duration === undefined) throw new FunctionFailure('what to move the date by is no duration');
  return moved(timeOf(date), duration);
});

export const dateFunctions: FunctionTable = {
  date: fn(['string', 'any'], ([layout, date]) => shown(layout, date, 'Local')),
  htmlDate: fn(['any'], ([date]) => shown('2006-01-02', date, 'Local')),
  htmlDateInZone: fn(['any', 'string'], ([date, zone]) => shown('2006-01-02', date, zone)),
  dateInZone: inZone,
  date_in_zone: inZone,
  dateModify: modify,
  date_modify: modify,
  mustDateModify: mustModify,
  must_date_modify: mustModify,
  // What cannot be read is the first instant of the year 1, as in Go.
  toDate: fn(['string', 'string'], ([layout, text]) => parseTime(layout, text) ?? new GoTime(-62_135_596_800, 0, utc)),
  mustToDate: fn(['string', 'string'], ([layout, text]) => {
    const time = parseTime(layout, text);
    if (time === undefined) throw new FunctionFailure('the date does not have the form of its layout');
    return time;
  }),
  unixEpoch: fn(['any'], ([date]) => String(timeOf(date).seconds)),
  duration: fn(['any'], ([seconds]) => {
    const count = typeof seconds === 'string' ? parseInteger(seconds, 10) : seconds;
    return durationText(typeof count === 'bigint' ? BigInt.asIntN(64, count * second) : 0n);
  }),
  durationRound: fn(['any'], ([duration]) => {
    if (duration instanceof GoTime) throw noClock();
    return roundedDuration(
      typeof duration === 'string' ? (parseDuration(duration) ?? 0n) : typeof duration === 'bigint' ? duration : 0n,
    );
  }),
};

function noClock(): FunctionFailure {
  return new FunctionFailure(
    'there is no clock in templates',
    'give a date: toDate "2006-01-02" .date, or seconds since 1970',
  );
}

function timeOf(value: Value): GoTime {
  if (value instanceof GoTime) return value;
  throw noClock();
}

function moved({ seconds, nanoseconds, zone }: GoTime, by: bigint): GoTime {
  const total = BigInt(seconds) * second + BigInt(nanoseconds) + by;
  const rest = ((total % second) + second) % second;
  return new GoTime(Number((total - rest) / second), Number(rest), zone);
}

/** sprig takes the time of now for what is no time; here that fails. */
function shown(layout: Text, date: Value, zoneName: Text): Text {
  const time = typeof date === 'bigint' ? { seconds: Number(date), nanoseconds: 0 } : timeOf(date);
  if (Math.abs(time.seconds) > 8.64e12 - 86_400 * 2) throw new FunctionFailure('the date is out of range');
  return formatted({ ...time, zone: zoneAt(zoneName, time.seconds, layout) }, layout);
}

/** The zone as it was then. One that is not known is UTC, as with the reference. */
function zoneAt(name: Text, seconds: number, layout: Text): Zone {
  if (name === '' || name === 'UTC' || name === 'Local') return utc;
  let parts: Intl.DateTimeFormatPart[];
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
    parts = format.formatToParts(seconds * 1000);
  } catch {
    return utc;
  }
  if (layout.includes('MST'))
    throw new FunctionFailure('abbreviations of zones are not available', 'use -0700 in the layout');
  const offset = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const [, sign, hours = '0', minutes = '0', rest = '0'] = /([+-])(\d{2}):(\d{2})(?::(\d{2}))?/.exec(offset) ?? [];
  const size = Number(hours) * 3600 + Number(minutes) * 60 + Number(rest);
  return { offset: sign === '-' ? -size : size, name: '' };
}
