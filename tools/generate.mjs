// Writes every document that is made from a table; with --check says which are out of date, and exits 1.

import { spawnSync } from 'node:child_process';

const pagesOfController = ['npx', 'vitest', 'run', 'test/controller/docs.test.ts'];
const schemaOfConfiguration = ['npx', 'vitest', 'run', 'test/src/repository/configuration.test.ts'];
const pageOfDiagnoses = ['npx', 'vitest', 'run', 'test/cli/diagnosis/diagnose.test.ts'];
const generators = [
  {
    makes: 'docs/commands/, docs/findings/, docs/flows/, man/',
    check: ['node', 'tools/docs.mjs', '--check'],
    write: ['node', 'tools/docs.mjs'],
  },
  {
    makes: 'deploy/crds/ of external-secrets.io',
    check: ['node', 'tools/crds.mjs', '--check'],
    write: ['node', 'tools/crds.mjs'],
  },
  {
    makes: 'src/repository/definitions.ts',
    check: ['node', 'tools/definitions.mjs', '--check'],
    write: ['node', 'tools/definitions.mjs'],
  },
  {
    makes: 'docs/conditions.md, docs/settings.md, docs/metrics.md',
    check: pagesOfController,
    write: [...pagesOfController, '--update'],
  },
  {
    makes: 'docs/sealwright.schema.json',
    check: schemaOfConfiguration,
    write: [...schemaOfConfiguration, '--update'],
  },
  {
    makes: 'docs/diagnosis.md',
    check: pageOfDiagnoses,
    write: [...pageOfDiagnoses, '--update'],
  },
];

const isCheck = process.argv.includes('--check');
const failed = generators.filter(({ check, write }) => {
  const [command, ...args] = isCheck ? check : write;
  return spawnSync(command, args, { stdio: 'inherit' }).status !== 0;
});
for (const { makes } of failed) {
  console.error(isCheck ? `${makes}: out of date; node tools/generate.mjs writes them` : `${makes}: not written`);
}
process.exitCode = failed.length === 0 ? 0 : 1;
