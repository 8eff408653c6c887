// Builds dist/: one file for the command and V8's form of it, so that it starts fast, split ES modules for what it loads late,
// and the types of the public API.

import { execFileSync } from 'node:child_process';
import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** What is measured is part of the one file: V8 has compiled it. Every other `import()` becomes a file of its own. */
const inCommandFile = new Set(['cli/commands/seal.ts', 'cli/commands/kubeseal.ts', 'keys/session-keys-ahead.ts']);

const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  // The same library as ES modules: what nobody uses falls away, and with it two variables that make it print all it reads.
  alias: { yaml: resolve(root, 'node_modules/yaml/browser/index.js') },
  // Of the AWS SDK: what it says about old versions of Node would stand between a command's own lines.
  define: { 'process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED': '"true"' },
  charset: 'ascii',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
};

/** `cli/commands/dev.ts` → `cli-commands-dev`. */
const nameOf = (path) => path.replace(/\.ts$/, '').replaceAll('/', '-');

/** Our own code gets of undici what `undici.cjs` names. */
const partOfUndici = {
  name: 'part-of-undici',
  setup(context) {
    context.onResolve({ filter: /^undici$/ }, () => ({ path: resolve(root, 'tools/undici.cjs') }));
  },
};

/** Sends each dynamic import of the command's file to `dist/lib`, and remembers it as an entry of the second build. */
function lateParts(entries) {
  return {
    name: 'late-parts',
    setup(context) {
      context.onResolve({ filter: /.*/ }, ({ kind, path, resolveDir, importer }) => {
        if (kind !== 'dynamic-import') return undefined;
        if (!path.startsWith('.')) {
          return {
            errors: [{ text: `${relative(root, importer)}: import('${path}') needs a file of ours around it` }],
          };
        }
        const file = relative(root, resolve(resolveDir, path));
        if (inCommandFile.has(file)) return undefined;
        entries.set(nameOf(file), file);
        return { path: `./lib/${nameOf(file)}.js`, external: true };
      });
    },
  };
}

/** What is compiled in a run is in the cache: a Secret with all that Secrets usually have. */
const secret = `# for the shop
apiVersion: v1
kind: Secret
metadata:
  name: database
  namespace: shop
  labels: {app: shop}
type: Opaque
data:
  username: YWRtaW4= # seal:allow made up, for the build alone
stringData:
  password: "correct horse"
`;

function makeCodeCache() {
  const stdio = ['pipe', 'ignore', 'inherit'];
  execFileSync(process.execPath, [resolve(root, 'tools/code-cache.cjs')], { input: secret, stdio });
}

/** CommonJS packages whose importers take the default. */
const takenByDefault = /(^|\/)node_modules\/(node-forge|node-vault)\//;

/** A CommonJS package loaded late has no names in the built files, although it has them where tests load it. */
function checkLateExports({ outputs }) {
  for (const { entryPoint = '', exports } of Object.values(outputs)) {
    const isPackage = entryPoint.includes('node_modules/') && !takenByDefault.test(entryPoint);
    if (isPackage && exports.every((name) => name === 'default')) {
      throw new Error(`${entryPoint}: import() of it gives nothing but a default`);
    }
  }
}

/** Large, and for few objects: the controller starts without them. */
const lateInController = /^(src\/template\/(functions\/|render\.ts|set\.ts)|node_modules\/(node-forge|re2js)\/)/;

/** Whatever the controller's file reaches by static imports is loaded at its start. */
function checkControllerStart({ outputs }) {
  const files = new Set(
    Object.keys(outputs).filter((file) => outputs[file].entryPoint === 'cli/commands/controller.ts'),
  );
  if (files.size === 0) throw new Error('cli/commands/controller.ts: no file is built of it');
  for (const file of files) {
    const { imports, inputs } = outputs[file];
    const early = Object.keys(inputs).find((input) => lateInController.test(input));
    if (early) throw new Error(`${early}: the controller loads it at its start; reach it by import() only`);
    for (const { kind, path, external } of imports) if (kind !== 'dynamic-import' && !external) files.add(path);
  }
}

/** Builds everything; resolves with the bytes of the command's file. */
export async function buildAll() {
  rmSync(resolve(root, 'dist'), { recursive: true, force: true });
  const entries = new Map([['index', 'src/index.ts']]);
  const {
    outputFiles: [{ text }],
  } = await build({
    ...shared,
    entryPoints: ['cli/main.ts'],
    outfile: 'dist/command.cjs',
    format: 'cjs',
    banner: { js: '(function(require,importLate,directory){' },
    footer: { js: '})' },
    define: { ...shared.define, 'import.meta.dirname': 'directory' },
    plugins: [partOfUndici, lateParts(entries)],
    write: false,
  });
  const { metafile } = await build({
    ...shared,
    metafile: true,
    entryPoints: Object.fromEntries(entries),
    outdir: 'dist/lib',
    format: 'esm',
    splitting: true,
    plugins: [partOfUndici],
    // As CommonJS, what `import()` gives has nothing but a default in these files: the AWS SDK by its ES modules.
    mainFields: ['module', 'main'],
    chunkNames: 'chunk-[hash]',
    // CommonJS packages inside these modules call require() for Node's own modules.
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  });
  checkLateExports(metafile);
  checkControllerStart(metafile);
  writeFileSync(resolve(root, 'dist/command.cjs'), text.replaceAll('import("./lib/', 'importLate("./lib/'));
  copyFileSync(resolve(root, 'cli/start.cjs'), resolve(root, 'dist/seal.cjs'));
  for (const file of ['cli/kubectl-complete.cjs', 'keys/session-keys-thread.cjs'])
    copyFileSync(resolve(root, file), resolve(root, 'dist', basename(file)));
  makeCodeCache();
  execFileSync(process.execPath, [resolve(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.types.json'], {
    cwd: root,
    stdio: 'inherit',
  });
  return text.length;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const bytes = await buildAll();
  console.log(`dist/command.cjs ${Math.round(bytes / 1024)} kB`);
}
