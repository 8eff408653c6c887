// What documents link to is there, and the README leads to every command.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commands } from '../cli/commands.ts';

const root = join(import.meta.dirname, '..');
const pagesBelow = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
const pages = [...readdirSync(root), ...pagesBelow('docs'), ...pagesBelow('deploy')].filter((name) =>
  name.endsWith('.md'),
);
const textOf = (page: string) => readFileSync(join(root, page), 'utf8');

/** Relative targets of `[words](target)`, without what is in code. */
const linksOf = (text: string) =>
  [...text.replace(/^```.*?^```/gms, '').matchAll(/\]\((?!https?:|#|mailto:)([^)\s#]+)(?:#[^)]*)?\)/g)].map(
    ([, target = '']) => target,
  );

describe('every link within the documents leads somewhere', () => {
  it.each(pages)('%s', (page) => {
    const lost = linksOf(textOf(page)).filter((target) => !existsSync(join(root, dirname(page), target)));
    expect(lost).toEqual([]);
  });
});

it('the README leads to the page of every command', () => {
  const links = linksOf(textOf('README.md'));
  const lead = links.filter((link) => link.startsWith('docs/commands/'));
  expect(lead.sort()).toEqual(
    Object.keys(commands)
      .map((name) => `docs/commands/${name}.md`)
      .sort(),
  );
});
