// The pages that people read: what they point to is there, and their manifests are YAML.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';

const root = join(import.meta.dirname, '..', '..');
const below = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map((path) => join('docs', path));
const pages = ['README.md', 'SECURITY.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...below].filter((path) =>
  path.endsWith('.md'),
);
const read = (path: string) => readFileSync(join(root, path), 'utf8');

// As GitHub names the headings of a page.
const anchorsOf = (text: string) =>
  Array.from(text.matchAll(/^#+ (.*)$/gm), ([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );

function isAlive(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(root, target))) return false;
  return anchor === undefined || anchorsOf(read(target)).includes(anchor);
}

describe.each(pages)('%s', (page) => {
  const text = read(page);

  it('links to what is there', () => {
    const links = Array.from(text.matchAll(/\]\(([^)\s]+)\)/g), ([, link = '']) => link);
    const dead = links.filter((link) => !/^https?:/.test(link) && !isAlive(page, link));
    expect(dead).toEqual([]);
  });

  it('names files that are there', () => {
    const named = text.matchAll(/`((?:src|cli|controller|keys|deploy|docs|test|tools|bench)\/[\w./-]+)`/g);
    const missing = Array.from(named, ([, path = '']) => path).filter((path) => !existsSync(join(root, path)));
    expect(missing).toEqual([]);
  });

  it('shows YAML that parses', () => {
    const blocks = Array.from(text.matchAll(/```ya?ml[^\n]*\n([\s\S]*?)```/g), ([, yaml = '']) => yaml);
    const errors = blocks.flatMap((yaml) => parseAllDocuments(yaml).flatMap((one) => one.errors ?? []));
    expect(errors).toEqual([]);
  });
});
