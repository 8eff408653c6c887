// Writes docs/commands/*.md from the commands' own tables; with --check says what is out of date and exits 1.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const folder = join(root, 'docs', 'commands');

/** The modules that describe the commands, bundled into a folder that is gone afterwards. */
async function load() {
  const cache = join(root, 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const outdir = mkdtempSync(join(cache, 'docs-'));
  const entryPoints = Object.fromEntries(
    ['commands', 'help', 'options', 'overview'].map((name) => [name, `cli/${name}.ts`]),
  );
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
    const [commands, help, options, overview] = await Promise.all(
      Object.keys(entryPoints).map((name) => import(pathToFileURL(join(outdir, `${name}.js`)).href)),
    );
    const loaded = await Promise.all(
      Object.entries(commands.commands).map(async ([name, entry]) => [name, await entry.load()]),
    );
    return { commands: new Map(loaded), ...help, ...options, ...overview };
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

const parts = await load();
const pages = new Map([
  ['README.md', index(parts)],
  ...[...parts.commands].map(([name, command]) => [`${name}.md`, page(command, parts)]),
]);
mkdirSync(folder, { recursive: true });
const there = readdirSync(folder).filter((name) => name.endsWith('.md'));
const current = (name) => (there.includes(name) ? readFileSync(join(folder, name), 'utf8') : undefined);
const stale = [...pages].filter(([name, text]) => current(name) !== text).map(([name]) => name);
const left = there.filter((name) => !pages.has(name));

if (process.argv.includes('--check')) {
  for (const name of [...stale, ...left])
    console.error(`docs/commands/${name} is out of date: run node tools/docs.mjs`);
  process.exitCode = stale.length + left.length > 0 ? 1 : 0;
} else {
  for (const name of stale) writeFileSync(join(folder, name), pages.get(name));
  for (const name of left) rmSync(join(folder, name));
  console.log(`docs/commands: ${pages.size} pages, ${stale.length + left.length} changed`);
}
