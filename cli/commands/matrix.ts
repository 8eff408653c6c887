// `seal matrix [NAME…]`: which items of which Secret exist in which environment, and what is missing where.

import { UsageError } from '../../src/errors.ts';
import { nearest } from '../../src/nearest.ts';
import { gapsOf, type Matrix, type MatrixRow, narrowed } from '../../src/repository/matrix.ts';
import { type Call, command } from '../command.ts';
import { Found } from '../exit.ts';
import { formatOf, reportOptions, writeReport } from '../findings/formats.ts';
import { fails } from '../findings/report.ts';
import { readMatrix } from '../matrix.ts';
import { ageDaysOf, tableLines } from '../matrix-table.ts';
import { list } from '../options.ts';
import { branchOption } from '../shared-options.ts';
import { pathInRepository } from '../tree.ts';

const options = {
  environment: list('--environment <name>', 'compare these environments alone; repeatable'),
  except: list('--except <name>', 'leave out a Secret that not every environment has, on purpose; repeatable'),
  branch: branchOption,
  ...reportOptions,
} as const;

/** Reads names and record days alone: no key, no cluster, no network. */
export const matrix = command({
  name: 'matrix',
  summary: 'show which items exist in which environment',
  description: `Shows which items of which Secret exist in which environment of the repository, with the days since they were sealed. What is
missing is a finding, and ends the call with 3. An environment is a folder below clusters, environments or overlays, else a folder that is
called like one, else what the Kustomizations that take a file in belong to, else the cluster of its rule. The same Secret is the one of
the same name; several of a name are told apart by namespace, or by where they are.

With --json: {"findings" and "summary" as seal check has them, "environments": [name], "secrets": [{name, items: [item],
environments: {ENVIRONMENT: {files: [{file, line, namespace}], items: {ITEM: {sealed, ageDays, keyId}}}}}]}.`,
  arguments: { name: '[name...]', help: 'names of the Secrets that are compared; default: all' },
  options,
  examples: [
    { does: 'see what is missing where', run: 'seal matrix' },
    {
      does: 'hold back a release that lacks a value',
      run: 'seal matrix shop --environment staging --environment production',
    },
    { does: 'for a program', run: 'seal matrix --json' },
  ],
  run,
});

async function run({ options: given, args, context }: Call<typeof options>): Promise<void> {
  const format = formatOf(given);
  const { matrix: whole, checked } = await readMatrix(given, context);
  const shown = chosen(whole, { names: args, ...given });
  const now = context.clock.now();
  const findings = gapsOf(shown);
  const report = {
    findings,
    checked: { secrets: shown.rows.length, environments: shown.environments.length, ...checked },
    strict: given.strict,
    pathOf: await pathInRepository(context),
    more: { environments: shown.environments, secrets: shown.rows.map((row) => rowJson(row, now)) },
  };
  if (format === 'text' && shown.rows.length > 0) {
    const lines = tableLines(shown, { environments: shown.environments, now });
    context.streams.out.write(`${lines.join('\n')}\n\n`);
  }
  writeReport(report, format, context);
  if (findings.some((finding) => fails(finding, report))) throw new Found();
}

interface Choice {
  names: readonly string[];
  environment: readonly string[];
  except: readonly string[];
}

function chosen(matrix: Matrix, { names, environment, except }: Choice): Matrix {
  for (const name of environment) check(name, matrix.environments, 'environment');
  const known = matrix.rows.map(({ name }) => name);
  for (const name of [...names, ...except]) check(name, known, 'SealedSecret');
  const isMeant = ({ name }: MatrixRow) => (names.length === 0 || names.includes(name)) && !except.includes(name);
  const rows = matrix.rows.filter(isMeant);
  return environment.length === 0 ? { ...matrix, rows } : narrowed({ ...matrix, rows }, [...new Set(environment)]);
}

function check(name: string, known: readonly string[], what: string): void {
  if (known.includes(name)) return;
  const meant = nearest(name, known);
  const listed = [...new Set(known)].slice(0, 20).join(', ');
  throw new UsageError(`there is no ${what} ${name} in the repository`, {
    hint: meant ? `did you mean ${meant}?` : listed === '' ? 'none is there' : `there is: ${listed}`,
  });
}

/** `environments`: by name; null where the Secret is missing. */
function rowJson({ name, place, cells, items }: MatrixRow, now: Date) {
  const environments = [...cells].map(([environment, cell]) => {
    const files = cell.parts.map(({ file, line, namespace }) => ({ file, line, namespace }));
    const values = [...cell.items].map(([item, line]) => {
      return [item, { sealed: line?.day ?? null, ageDays: ageDaysOf(line, now) ?? null, keyId: line?.keyId ?? null }];
    });
    return [environment, { files, items: Object.fromEntries(values) }];
  });
  return { name, ...(place !== '' && { place }), items, environments: Object.fromEntries(environments) };
}
