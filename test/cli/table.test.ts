// Tables in terminals wide and narrow.

import { describe, expect, it } from 'vitest';
import { type Column, layOut } from '../../cli/table.ts';

interface Row {
  name: string;
  why: string;
  key: string;
}
const columns: readonly Column<Row>[] = [
  { title: 'NAME', text: ({ name }) => name, least: 8 },
  { title: 'WHY', text: ({ why }) => why, least: 6 },
  { title: 'KEY', text: ({ key }) => key, expendable: 1 },
];
const rows = [
  { name: 'database-credentials', why: 'False: CannotOpen', key: '9f2c66d0' },
  { name: 'db', why: 'True', key: '' },
];
const table = (width?: number, all = rows) => {
  const { header, line } = layOut(columns, all, { width });
  return [header, ...all.map(line)];
};

describe('a table', () => {
  it('is as wide as its texts where there is room', () => {
    expect(table()).toEqual([
      'NAME                  WHY                KEY',
      'database-credentials  False: CannotOpen  9f2c66d0',
      'db                    True',
    ]);
  });

  it.each([49, 48, 40, 34, 28])('is at most %i columns wide where the terminal is', (width) => {
    for (const line of table(width)) expect(line.length).toBeLessThanOrEqual(width);
  });

  it('first cuts texts, and then leaves out the column that can be spared', () => {
    expect(table(40)[1]).toBe('database-crede…  False: Canno…  9f2c66d0');
    expect(table(25)).toEqual(['NAME          WHY', 'database-cr…  False: Can…', 'db            True']);
  });

  it('leaves out a column that nobody has anything to say in', () => {
    expect(table(undefined, [{ name: 'db', why: 'True', key: '' }])[0]).toBe('NAME  WHY');
  });

  it('lets no name steer the terminal or begin another line', () => {
    const [, line = ''] = table(undefined, [{ name: 'a\u001b[2Jb\nc', why: '', key: '' }]);
    expect(line).toBe('a\ufffd[2Jb c');
  });
});
