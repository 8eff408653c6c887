// Writes deploy/crds/*.yaml of external-secrets.io from tools/crds/ and the rules in src/kube; with --check says what is out of date and exits 1.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { stringify } from 'yaml';
import { clusterExternalSecret, externalSecret } from './crds/external-secret.mjs';
import { password } from './crds/password.mjs';
import { clusterSecretStore, secretStore } from './crds/secret-store.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

const definitions = {
  externalsecrets: [externalSecret, 'ExternalSecret', ': the API of external-secrets.io'],
  secretstores: [secretStore, 'SecretStore', ' with Vault and AWS in full'],
  clustersecretstores: [clusterSecretStore, 'ClusterSecretStore', ' with Vault and AWS in full'],
  clusterexternalsecrets: [clusterExternalSecret, 'ClusterExternalSecret', ''],
  passwords: [password, 'Password generator', ''],
};

/** File below deploy/crds → its text. `rules` is `externalSecretRules` of src/kube/external-secret-rules.ts. */
export function files(rules) {
  return new Map(
    Object.entries(definitions).map(([plural, [make, kind, what]]) => [
      `${plural}.yaml`,
      `${heading(kind, what)}${stringify(make(rules), { lineWidth: 120, aliasDuplicateObjects: false })}`,
    ]),
  );
}

function heading(kind, what) {
  return [
    `# The ${kind}${what}, with the status that Sealwright writes. Written by \`node tools/crds.mjs\`.`,
    '#',
    '# - It accepts what the definition of External Secrets Operator 2.9 accepts, so either may be installed.',
    '# - Nothing in spec has a default: the spec in the cluster is the spec in Git.',
    '',
  ].join('\n');
}

async function loadRules() {
  const cache = join(root, 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const outdir = mkdtempSync(join(cache, 'crds-'));
  try {
    const entryPoints = { rules: 'src/kube/external-secret-rules.ts' };
    await build({
      absWorkingDir: root,
      entryPoints,
      outdir,
      bundle: true,
      platform: 'node',
      format: 'esm',
      outExtension: { '.js': '.mjs' },
    });
    const { externalSecretRules } = await import(pathToFileURL(join(outdir, 'rules.mjs')).href);
    return externalSecretRules;
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

async function main(check) {
  for (const [file, content] of files(await loadRules())) {
    const path = join(root, 'deploy', 'crds', file);
    if (!check) writeFileSync(path, content);
    else if (readFileSync(path, 'utf8') !== content) {
      console.error(`deploy/crds/${file} is out of date: run \`node tools/crds.mjs\``);
      process.exitCode = 1;
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.includes('--check'));
