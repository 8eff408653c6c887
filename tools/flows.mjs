// The stories of test/cli/scripts as pages to read: what they show is what the tests have just played.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const note = '<!-- Written by `node tools/docs.mjs` from test/cli/scripts, which the tests play. -->';
const titleOf = (name) => {
  const words = name.replace(/\.txt$/, '').replaceAll('-', ' ');
  return words[0].toUpperCase() + words.slice(1);
};

/** Comments become prose; commands and what they print become blocks. */
function page(name, text) {
  const [head = '', ...files] = text.split(/^-- (.+) --\n/m);
  const lines = [];
  let inBlock = false;
  const toBlock = (wanted) => {
    if (inBlock === wanted) return;
    lines.push(...(wanted ? ['', '```console'] : ['```', '']));
    inBlock = wanted;
  };
  for (const line of head.split('\n')) {
    const [mark, rest] = [line.slice(0, 2).trimEnd(), line.slice(2)];
    if (mark === '') {
      // Between two comments it begins a paragraph; within a story of commands it means nothing.
      if (!inBlock) lines.push('');
      continue;
    }
    toBlock(mark !== '#');
    if (mark === '#') lines.push(rest.replaceAll('<', '&lt;'));
    if (mark === '$') lines.push(`$ ${rest}`);
    if (mark === '>' || mark === '!') lines.push(rest);
    if (mark === '^') lines.push('^C');
    if (mark === '=') lines.push(`[exit code ${rest}]`);
  }
  toBlock(false);
  return [note, `# ${titleOf(name)}`, '', ...lines, ...filesOf(files)]
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trimEnd()
    .concat('\n');
}

function filesOf(parts) {
  const files = [];
  for (let at = 0; at < parts.length; at += 2) {
    const fence = parts[at + 1].includes('```') ? '````' : '```';
    files.push(`**${parts[at]}**:`, '', fence, parts[at + 1].replace(/\n$/, ''), fence, '');
  }
  return files.length === 0 ? [] : ['', '## Files at the beginning', '', ...files];
}

/** File name → page, the index included. */
export function flowPages(root) {
  const folder = join(root, 'test', 'cli', 'scripts');
  const texts = new Map(
    readdirSync(folder)
      .filter((name) => name.endsWith('.txt'))
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  );
  const scripts = [...texts.keys()].sort();
  const pageName = (name) => name.replace(/\.txt$/, '.md');
  const index = [
    note,
    '# Flows',
    '',
    'What people do with `seal`, as it was played by the tests. `…` stands for anything, a line `...` for any lines.',
    '',
    ...scripts.map((name) => `- [${titleOf(name)}](${pageName(name)})`),
    '',
  ].join('\n');
  const pages = scripts.map((name) => [pageName(name), page(name, texts.get(name))]);
  return new Map([['README.md', index], ...pages]);
}
