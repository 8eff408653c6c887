// The items of a SealedSecret as an editor shows them, and what is read back.

import { describe, expect, test } from 'vitest';
import { parseItemView, printItemView } from '../../../src/manifest/item-view.ts';
import { parseRecord } from '../../../src/seal/record.ts';

const keyId = '9f2c66d0e1a4b7c8d35e0f1122334455';
const view = {
  items: ['password', 'on', 'tls.key'],
  record: parseRecord(`password ${keyId} shop/db 2026-03-02\n`),
};
const printed = 'password: <sealed 2026-03-02 9f2c66d0>\n"on": <sealed>\ntls.key: <sealed>\n';

describe('the view of items', () => {
  test('has a placeholder for each, and read back unchanged means no change', () => {
    expect(printItemView(view)).toBe(printed);
    expect(parseItemView(`# a word\n${printed}`, view)).toEqual({ set: new Map(), unset: [], kept: view.items });
  });

  test('says what was set, added, removed and kept', () => {
    const text = `${printed.replace(/"on".*\n/, '').replace('<sealed 2026-03-02 9f2c66d0>', 'n3w')}extra: |\n  two\n  lines\n`;
    expect(parseItemView(text, view)).toEqual({
      set: new Map([
        ['password', 'n3w'],
        ['extra', 'two\nlines\n'],
      ]),
      unset: ['on'],
      kept: ['tls.key'],
    });
  });

  test.each([
    ['a: 0123', '0123'],
    ['a: yes', 'yes'],
    ['a: 1e3', '1e3'],
    ['a: 2026-12-01', '2026-12-01'],
    ['a: ~', '~'],
    ['a: null', 'null'],
    ['a: ""', ''],
    ["a: '#1 ''quoted'''", "#1 'quoted'"],
    ['a: "tab\\t"', 'tab\t'],
    ['a: pass#word', 'pass#word'],
    ['a: {{ not a template }}'.replace('{{', '"{{').replace('}}', '}}"'), '{{ not a template }}'],
  ])('%s is taken as it is written', (line, value) => {
    expect(parseItemView(line, { items: [], record: new Map() }).set.get('a')).toBe(value);
  });

  test.each([
    ['what follows a #', `${printed}a: half #other half`, /^line 4: what follows # is no part of a$/],
    ['nothing', `${printed}a:\n`, /^line 4: a has no value$/],
    [
      'a placeholder of another',
      printed.replace('tls.key: <sealed>', 'tls.key: <sealed 2026-03-02 9f2c66d0>'),
      /^line 3: the placeholder at tls\.key/,
    ],
    ['a placeholder that was copied', `${printed}copy: <sealed>\n`, /^line 4: the placeholder at copy/],
    ['a mapping', `${printed}a: {b: c}\n`, /^line 4: a is no text$/],
    ['an alias', '&x a: b\nc: *x\n', /^line 2: c is an alias$/],
    ['a name that cannot be', `${printed}"a b": c\n`, /^line 4: this cannot be the name of an item$/],
    ['a name twice', `${printed}on: b\n"on": c\n`, /^line \d: not valid YAML: a key is there twice$/],
    ['a value that needs quotes', `${printed}a: @secret\n`, /^line 4: not valid YAML: /],
    ['a list', '- a\n', /^line 1: this is no list of lines/],
    ['two documents', `${printed}---\na: b\n`, /^line 4: a second document/],
  ])('refuses %s, with its line and without a value', (_, text, says) => {
    expect(() => parseItemView(text, view)).toThrow(says);
    expect(() => parseItemView(text, view)).not.toThrow(/secret|half/);
  });

  test('without a line removes every item', () => {
    expect(parseItemView('{}\n', view).unset).toEqual(view.items);
  });
});
