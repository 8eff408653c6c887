// sprig 3.3.0's defaults, choices and JSON (defaults.go), and the quoting that depends on what is there.

import { FunctionFailure } from '../errors.ts';
import { deep, type FunctionTable, fn } from '../functions.ts';
import { quoteText } from '../quote.ts';
import { isTrue, type Value } from '../values.ts';
import { readJson, writeJson } from './json.ts';
import { asText, isPresent } from './strings.ts';

export const defaultFunctions: FunctionTable = {
  // sprig takes the value as the variadic rest, so that a missing one is no error.
  default: fn(
    ['any'],
    ([fallback, ...given]) => (given.length === 0 || !isTrue(given[0]) ? fallback : given[0]),
    'any',
  ),
  empty: fn(['any'], ([value]) => !isTrue(value)),
  coalesce: fn([], (values) => values.find(isTrue) ?? null, 'any'),
  all: fn([], (values) => values.every(isTrue), 'any'),
  any: fn([], (values) => values.some(isTrue), 'any'),
  ternary: fn(['any', 'any', 'bool'], ([yes, no, choice]) => (choice ? yes : no)),
  fail: fn(['string'], () => {
    // The message is made inside the template and may hold a secret, so it is not repeated.
    throw new FunctionFailure('the template called fail');
  }),
  quote: deep(
    fn(
      [],
      (values) =>
        values
          .filter(isPresent)
          .map((one) => quoteText(asText(one)))
          .join(' '),
      'any',
    ),
  ),
  squote: deep(
    fn(
      [],
      (values) =>
        values
          .filter(isPresent)
          .map((one) => `'${asText(one)}'`)
          .join(' '),
      'any',
    ),
  ),
  toJson: deep(fn(['any'], ([value]) => writeJson(value, { escapeHtml: true }))),
  mustToJson: deep(fn(['any'], ([value]) => writeJson(value, { escapeHtml: true }))),
  toPrettyJson: deep(fn(['any'], ([value]) => writeJson(value, { escapeHtml: true, indent: true }))),
  mustToPrettyJson: deep(fn(['any'], ([value]) => writeJson(value, { escapeHtml: true, indent: true }))),
  toRawJson: deep(fn(['any'], ([value]) => writeJson(value, { escapeHtml: false }))),
  mustToRawJson: deep(fn(['any'], ([value]) => writeJson(value, { escapeHtml: false }))),
  fromJson: fn(['string'], ([text]) => orNil(() => readJson(text))),
  mustFromJson: fn(['string'], ([text]) => readJson(text)),
};

/** sprig's variants without `must` drop the error. */
function orNil(read: () => Value): Value {
  try {
    return read();
  } catch {
    return null;
  }
}
