// Writes docs/commands, docs/findings and man from the tables in the code, and docs/flows from the stories that the tests play; with
// --check says what is out of date and exits 1.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { flowPages } from './flows.mjs';
import { manPages } from './man.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** The modules that describe commands and findings, bundled into a folder that is gone afterwards. */
async function load() {
  const cache = join(root, 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const outdir = mkdtempSync(join(cache, 'docs-'));
  const entryPoints = {
    ...Object.fromEntries(['commands', 'help', 'options', 'overview'].map((name) => [name, `cli/${name}.ts`])),
    findings: 'src/repository/findings/all.ts',
    version: 'src/version.ts',
  };
  try {
    const bundle = {
      bundle: true,
      platform: 'node',
      format: 'esm',
      splitting: true,
      packages: 'external',
      logLevel: 'warning',
    };
    await build({ ...bundle, absWorkingDir: root, entryPoints, outdir });
    const [commands, help, options, overview, findings, version] = await Promise.all(
      Object.keys(entryPoints).map((name) => import(pathToFileURL(join(outdir, `${name}.js`)).href)),
    );
    const loaded = await Promise.all(
      Object.entries(commands.commands).map(async ([name, entry]) => [name, await entry.load()]),
    );
    return { commands: new Map(loaded), ...help, ...options, ...overview, ...findings, ...version };
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

const cell = (text) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
const note = '<!-- Written by `node tools/docs.mjs` from the table that `--help` reads. -->';

function page({ spec, options }, { usageOf, describe, variableOf }) {
  const prefix = spec.environment?.prefixes[0] ?? 'SEALWRIGHT_';
  const rows = Object.values(options)
    .filter(({ hidden }) => !hidden)
    .map(
      (option) =>
        `| \`${option.flags.replaceAll('|', '\\|')}\` | ${cell(describe(option))} | \`${variableOf(option, prefix)}\` |`,
    );
  const examples = spec.examples.flatMap(({ does, run }) => [
    `${does[0].toUpperCase()}${does.slice(1)}:`,
    '',
    '```sh',
    run,
    '```',
    '',
  ]);
  return [
    note,
    `# ${spec.name === 'seal' ? 'seal' : `seal ${spec.name}`}`,
    '',
    spec.description ?? spec.summary,
    '',
    '```',
    usageOf(spec),
    '```',
    '',
    ...(spec.arguments ? [`\`${spec.arguments.name}\`: ${spec.arguments.help}`, ''] : []),
    '| Option | Meaning | Variable |',
    '| --- | --- | --- |',
    ...rows,
    '',
    '## Examples',
    '',
    ...examples,
  ].join('\n');
}

function index(parts) {
  const rows = [...parts.commands].map(
    ([name, { spec }]) => `| [\`seal${name === 'seal' ? '' : ` ${name}`}\`](${name}.md) | ${spec.summary} |`,
  );
  return [
    note,
    '# Commands',
    '',
    '| Command | What it does |',
    '| --- | --- |',
    ...rows,
    '',
    'Exit codes: `0` done, `1` failed, `2` wrong usage, `3` a check found something, `4` cluster unreachable or access denied,',
    '`130` interrupted. `seal kubeseal` keeps the codes of kubeseal: 0, 1 and 2.',
    '',
    'Standard output carries the result and nothing else; warnings, hints and progress go to standard error. Every option can be',
    'set by the variable beside it; the command line wins. `NO_COLOR` turns colour off.',
    '',
  ].join('\n');
}

const findingNote = '<!-- Written by `node tools/docs.mjs` from the tables in `src/repository/findings`. -->';

function findingPage({ code, severity, title, what, why, mend }) {
  return [
    findingNote,
    `# ${code}: ${title}`,
    '',
    severity === 'error' ? 'An error: the check fails.' : 'A warning: the check fails with `--strict` only.',
    '',
    ...[`## What`, what, '## Why it matters', why, '## How to mend it', mend].flatMap((text) => [text, '']),
  ].join('\n');
}

function findingIndex({ findingKinds }) {
  return [
    findingNote,
    '# Findings',
    '',
    'What `seal check`, `seal scan` and `seal matrix` can find. Codes stay what they are from version to version.',
    '',
    '| Code | | Finding |',
    '| --- | --- | --- |',
    ...Array.from(
      findingKinds.values(),
      ({ code, severity, title }) => `| [${code}](${code}.md) | ${severity} | ${cell(title)} |`,
    ),
    '',
  ].join('\n');
}

/** What is out of date in a folder; brought up to date unless this is a check. */
function settle(name, pages) {
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  const there = readdirSync(folder).filter((file) => /\.(md|1)$/.test(file));
  const current = (file) => (there.includes(file) ? readFileSync(join(folder, file), 'utf8') : undefined);
  const stale = [...pages].filter(([file, text]) => current(file) !== text).map(([file]) => file);
  const left = there.filter((file) => !pages.has(file));
  if (process.argv.includes('--check')) {
    for (const file of [...stale, ...left]) console.error(`${name}/${file} is out of date: run node tools/docs.mjs`);
    if (stale.length + left.length > 0) process.exitCode = 1;
    return;
  }
  for (const file of stale) writeFileSync(join(folder, file), pages.get(file));
  for (const file of left) rmSync(join(folder, file));
  console.log(`${name}: ${pages.size} pages, ${stale.length + left.length} changed`);
}

const parts = await load();
settle(
  'docs/commands',
  new Map([
    ['README.md', index(parts)],
    ...[...parts.commands].map(([name, command]) => [`${name}.md`, page(command, parts)]),
  ]),
);
settle(
  'docs/findings',
  new Map([
    ['README.md', findingIndex(parts)],
    ...Array.from(parts.findingKinds.values(), (kind) => [`${kind.code}.md`, findingPage(kind)]),
  ]),
);
settle('man', manPages(parts));
settle('docs/flows', flowPages(root));
