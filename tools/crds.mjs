// Writes deploy/crds/*.yaml of external-secrets.io and secrets.hashicorp.com from tools/crds/ and the rules in src/kube; with --check says what is out of date and exits 1.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { stringify } from 'yaml';
import { clusterExternalSecret, externalSecret } from './crds/external-secret.mjs';
import { password } from './crds/password.mjs';
import { clusterSecretStore, secretStore } from './crds/secret-store.mjs';
import {
  secretTransformation,
  vaultAuth,
  vaultAuthGlobal,
  vaultConnection,
  vaultStaticSecret,
} from './crds/vault-secrets.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

const externalSecrets = {
  reference: 'External Secrets Operator 2.9',
  rules: 'externalSecretRules',
  definitions: {
    externalsecrets: [externalSecret, 'ExternalSecret', ': the API of external-secrets.io'],
    secretstores: [secretStore, 'SecretStore', ' with Vault and AWS in full'],
    clustersecretstores: [clusterSecretStore, 'ClusterSecretStore', ' with Vault and AWS in full'],
    clusterexternalsecrets: [clusterExternalSecret, 'ClusterExternalSecret', ''],
    passwords: [password, 'Password generator', ''],
  },
};

const vaultSecrets = {
  reference: 'Vault Secrets Operator 1.4',
  rules: 'vaultSecretRules',
  definitions: {
    vaultconnections: [vaultConnection, 'VaultConnection', ''],
    vaultauths: [vaultAuth, 'VaultAuth', ''],
    vaultauthglobals: [vaultAuthGlobal, 'VaultAuthGlobal', ''],
    vaultstaticsecrets: [vaultStaticSecret, 'VaultStaticSecret', ''],
    secrettransformations: [secretTransformation, 'SecretTransformation', ''],
  },
};

/** File below deploy/crds → its text, by the tables of rules: `externalSecretRules` and `vaultSecretRules` of src/kube. */
export function files(allRules) {
  const all = [externalSecrets, vaultSecrets].filter(({ rules }) => rules in allRules);
  return new Map(
    all.flatMap(({ reference, rules, definitions }) =>
      Object.entries(definitions).map(([plural, [make, kind, what]]) => [
        `${plural}.yaml`,
        `${heading(kind, what, reference)}${stringify(make(allRules[rules]), { lineWidth: 120, aliasDuplicateObjects: false })}`,
      ]),
    ),
  );
}

function heading(kind, what, reference) {
  return [
    `# The ${kind}${what}, with the status that Sealwright writes. Written by \`node tools/crds.mjs\`.`,
    '#',
    `# - It accepts what the definition of ${reference} accepts, so either may be installed.`,
    '# - Nothing in spec has a default: the spec in the cluster is the spec in Git.',
    '',
  ].join('\n');
}

async function loadRules() {
  const cache = join(root, 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const outdir = mkdtempSync(join(cache, 'crds-'));
  try {
    await build({
      absWorkingDir: root,
      stdin: {
        contents: "export * from './external-secret-rules.ts'; export * from './vault-secret-rules.ts';",
        resolveDir: join(root, 'src', 'kube'),
      },
      outfile: join(outdir, 'rules.mjs'),
      bundle: true,
      platform: 'node',
      format: 'esm',
    });
    return await import(pathToFileURL(join(outdir, 'rules.mjs')).href);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

async function main(check) {
  for (const [file, content] of files(await loadRules())) {
    const path = join(root, 'deploy', 'crds', file);
    if (!check) writeFileSync(path, content);
    else if (!existsSync(path) || readFileSync(path, 'utf8') !== content) {
      console.error(`deploy/crds/${file} is out of date: run \`node tools/crds.mjs\``);
      process.exitCode = 1;
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.includes('--check'));
