// What `--help` looks like on a terminal.

import { describe, expect, it } from 'vitest';
import { helpOf } from '../../cli/help.ts';

const helpWith = (description: string) => {
  const spec = { name: 'try', summary: 'tries', description, examples: [] };
  return helpOf({ spec, options: {} }, 40).split('\n\nOptions:')[0]?.split('\n').slice(2);
};

describe('the description of a command', () => {
  it('is wrapped as wide as the terminal, wherever the lines of the source end', () => {
    const source = 'Compares what is in one environment of the\nrepository with another.';
    expect(helpWith(source)).toEqual(['Compares what is in one environment of', 'the repository with another.']);
  });

  it('begins a line for a sentence that begins one in the source', () => {
    expect(helpWith('It prints.\nIt ends.')).toEqual(['It prints.', 'It ends.']);
  });

  it('keeps paragraphs, and what is indented as it stands', () => {
    const source = 'In .gitattributes:\n\n    *.yaml   diff=seal\n\nand once in each clone.';
    expect(helpWith(source)).toEqual([
      'In .gitattributes:',
      '',
      '    *.yaml   diff=seal',
      '',
      'and once in each clone.',
    ]);
  });
});
