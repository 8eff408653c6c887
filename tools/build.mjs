// Builds dist/: one CommonJS file for the command, so that it starts fast, and split ES modules for all that it loads late.

import { rmSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** Commands whose start-up is measured: they are part of the one file. Every other `import()` becomes a file of its own. */
const inCommandFile = new Set(['cli/commands/seal.ts', 'cli/commands/kubeseal.ts']);

const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
};

/** `cli/commands/dev.ts` → `cli-commands-dev`. */
const nameOf = (path) => path.replace(/\.ts$/, '').replaceAll('/', '-');

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

/** Builds everything; resolves with the sizes of what a start-up reads. */
export async function buildAll() {
  rmSync(resolve(root, 'dist'), { recursive: true, force: true });
  const entries = new Map([['index', 'src/index.ts']]);
  const command = await build({
    ...shared,
    entryPoints: ['cli/main.ts'],
    outfile: 'dist/seal.cjs',
    format: 'cjs',
    banner: { js: '#!/usr/bin/env node' },
    plugins: [lateParts(entries)],
    metafile: true,
  });
  await build({
    ...shared,
    entryPoints: Object.fromEntries(entries),
    outdir: 'dist/lib',
    format: 'esm',
    splitting: true,
    chunkNames: 'chunk-[hash]',
    // CommonJS packages inside these modules call require() for Node's own modules.
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  });
  return command.metafile.outputs['dist/seal.cjs'];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { bytes } = await buildAll();
  console.log(`dist/seal.cjs ${Math.round(bytes / 1024)} kB`);
}
