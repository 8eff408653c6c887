// The CI files in docs/ci.md are those that `seal init` writes, and they are what their systems read.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseArguments } from '../../cli/arguments.ts';
import { commands } from '../../cli/commands.ts';
import { ciTemplates } from '../../cli/init/ci-templates.ts';
import { hookText } from '../../cli/init/git-texts.ts';

const page = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

test.each(Object.entries(ciTemplates))('the page shows the file for %s', (_, { path, text, entry }) => {
  expect(page('ci.md')).toContain(`\`${path}\``);
  expect(page('ci.md')).toContain(text);
  if (entry) expect(page('ci.md')).toContain(entry.say);
});

test('the page on Git shows the hook', () => {
  expect(page('git.md')).toContain(`\`\`\`sh\n${hookText}\`\`\``);
});

test('the files of GitHub and GitLab are YAML with a job that runs both commands', () => {
  const github = parse(ciTemplates.github.text).jobs.check.steps.map(({ run }: { run?: string }) => run);
  expect(github.filter((run?: string) => run?.startsWith('seal '))).toHaveLength(2);
  const gitlab = parse(ciTemplates.gitlab.text).sealwright.script;
  expect(gitlab.filter((run: string) => run.startsWith('seal '))).toHaveLength(2);
});

test.each(Object.entries(ciTemplates))(
  'the commands in the file for %s take the options that they are given',
  async (_, { text }) => {
    const calls = [...text.matchAll(/\bseal (check|scan)((?: --?[\w-]+(?: \w+)?)*)/g)];
    expect(calls.length).toBe(2);
    for (const [, name = '', words = ''] of calls) {
      const command = await commands[name]?.load();
      const { positionals } = parseArguments(words.trim().split(' ').filter(Boolean), command?.options ?? {});
      expect(positionals).toEqual([]);
    }
  },
);
