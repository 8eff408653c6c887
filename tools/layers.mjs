// Checks who imports whom: the table of docs/architecture.md, no cycles, no Node in the rooms that browsers share.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** Room → rooms it may import, and why not more. A room is the longest prefix of a file's path that stands here. */
const rooms = {
  'src/errors.ts': { may: [], why: 'the ground knows nothing of ours' },
  'src/redact.ts': { may: [], why: 'the ground knows nothing of ours' },
  'src/version.ts': { may: [], why: 'the ground knows nothing of ours' },
  'src/nearest.ts': { may: [], why: 'the ground knows nothing of ours' },
  'src/counted.ts': { may: [], why: 'the ground knows nothing of ours' },
  'src/shell-words.ts': { may: [], why: 'the ground knows nothing of ours' },
  'src/encoding': { may: ['src/errors.ts'], why: 'the ground knows nothing of ours' },
  'src/seal': {
    may: ['src/errors.ts', 'src/redact.ts', 'src/encoding', 'type:src/kube/objects.ts'],
    why: 'the sealing files run in the browser, and know only the shapes of objects',
  },
  'src/manifest': {
    may: [
      'src/errors.ts',
      'src/encoding',
      'src/seal/scope.ts',
      'src/seal/record.ts',
      'src/seal/item-name.ts',
      'type:src/kube/objects.ts',
    ],
    why: 'manifests are text; only the scope and the seal record mean something in them',
  },
  'src/template': { may: ['src/errors.ts', 'src/redact.ts', 'src/encoding'], why: 'templates have no I/O' },
  'src/scan': {
    may: ['src/errors.ts', 'src/encoding', 'src/manifest', 'type:src/kube/objects.ts'],
    why: 'the scan looks at texts, wherever they stand',
  },
  'src/repository': {
    may: [
      'src/errors.ts',
      'src/nearest.ts',
      'src/shell-words.ts',
      'src/encoding',
      'src/seal',
      'src/manifest',
      'src/scan',
      'src/kube/violations.ts',
      'type:src/kube/rules.ts',
      'type:src/kube/objects.ts',
    ],
    why: 'repository rules are pure, and of kube they know what the API server refuses',
  },
  'src/kube': {
    may: ['src/errors.ts', 'src/encoding', 'src/version.ts'],
    why: 'the API client knows no kind of secret',
  },
  'src/apiserver': {
    may: ['src/errors.ts', 'src/encoding', 'src/kube', 'src/version.ts'],
    why: 'the embedded server knows nothing of controllers',
  },
  'src/index.ts': { may: ['src'], why: 'the public API' },
  keys: { may: ['src'], why: 'what we guard does not know the doors' },
  'controller/log.ts': { may: ['src'], why: 'a leaf' },
  'controller/metrics': { may: ['src'], why: 'a leaf' },
  'controller/options.ts': { may: ['src', 'controller/log.ts'], why: 'settings are a table' },
  'controller/engine': {
    may: ['src', 'controller/metrics', 'type:controller/log.ts'],
    why: 'the engine knows no kind of ours',
  },
  'controller/status': { may: ['src', 'controller/engine/outcome.ts'], why: 'status knows no queue' },
  'controller/secret': {
    may: ['src', 'controller/status', 'controller/engine/outcome.ts', 'controller/metrics', 'type:controller/log.ts'],
    why: 'one room writes Secrets, for every kind',
  },
  'controller/stores/data': {
    may: [
      'src',
      'controller/stores/store.ts',
      'controller/stores/go-json.ts',
      'controller/stores/re2.ts',
      'controller/stores/cost.ts',
    ],
    why: 'data assembly is pure: it reads no store',
  },
  'controller/stores': {
    may: ['src', 'controller/status', 'controller/engine/outcome.ts', 'controller/metrics'],
    why: 'stores know neither the objects that use them nor the Secrets made of them',
  },
  'controller/restarts': {
    may: ['src', 'controller/status', 'controller/metrics', 'type:controller/log.ts'],
    why: 'workloads are restarted for every kind, and by no Secret writer',
  },
  'controller/reconcilers': {
    may: [
      'src',
      'keys',
      'controller/engine',
      'controller/metrics',
      'controller/status',
      'controller/secret',
      'controller/restarts',
      'controller/stores',
      'type:controller/log.ts',
    ],
    why: 'reconcilers compose; nobody composes them but the manager',
  },
  'controller/http': {
    may: ['src', 'keys', 'controller/metrics', 'type:controller/log.ts'],
    why: 'handlers are Request → Response',
  },
  'controller/parts.ts': { may: ['src', 'keys', 'controller'], why: 'all parts of a controller' },
  'controller/manager.ts': { may: ['src', 'keys', 'controller'], why: 'start and stop order' },
  'cli/main.ts': {
    may: ['cli/run.ts', 'cli/context.ts', 'src/kube/system-clock.ts'],
    why: 'the only file that touches the process',
  },
  'cli/commands/controller.ts': { may: ['src', 'keys', 'cli', 'controller'], why: 'a door to the controller' },
  'cli/local-controller.ts': { may: ['src', 'keys', 'cli', 'controller'], why: 'a door to the controller' },
  'cli/stores': {
    may: ['src', 'cli', 'controller/stores'],
    why: 'the door to the stores: what is read from Vault and AWS for a person is read as for a cluster',
  },
  'cli/commands/dev.ts': { may: ['src', 'keys', 'cli', 'controller'], why: 'a door to the controller' },
  'cli/commands/demo.ts': { may: ['src', 'keys', 'cli', 'controller'], why: 'a door to the controller' },
  'cli/commands': { may: ['src', 'keys', 'cli'], why: 'only the controller, dev and demo commands see the controller' },
  cli: { may: ['src', 'keys', 'cli'], why: 'only the controller, dev and demo commands see the controller' },
};

const withoutNode = [
  'src/errors.ts',
  'src/redact.ts',
  'src/nearest.ts',
  'src/counted.ts',
  'src/shell-words.ts',
  'src/version.ts',
  'src/encoding',
  'src/seal',
  'src/manifest',
  'src/scan',
  'src/template',
  'src/repository',
];

const isWithin = (file, room) => file === room || file.startsWith(`${room}/`);
const roomOf = (file) =>
  Object.keys(rooms)
    .filter((room) => isWithin(file, room))
    .sort((a, b) => b.length - a.length)[0];

function sourceFiles(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

/** Every import of a file: static, re-exported, dynamic. */
function importsOf(file) {
  const text = readFileSync(join(root, file), 'utf8');
  const found = [];
  const statement = /^\s*(import|export)\s+(type\s+)?(?:[\w*{][^'";]*?\s+from\s+)?'([^']+)'/gm;
  for (const [, , type, to] of text.matchAll(statement)) found.push({ to, isType: type !== undefined, isLate: false });
  for (const [, to] of text.matchAll(/\bimport\(\s*'([^']+)'\s*\)/g)) found.push({ to, isType: false, isLate: true });
  return found.map((one) => ({
    ...one,
    target: one.to.startsWith('.') ? normalize(join(dirname(file), one.to)) : undefined,
  }));
}

function ruleProblem(file, { target, to, isType }) {
  const room = roomOf(file);
  if (room === undefined) return `${file}: no room in tools/layers.mjs`;
  if (target === undefined) {
    const isNodeFree = withoutNode.some((one) => isWithin(file, one));
    return isNodeFree && to.startsWith('node:') ? `${file} → ${to}: this room runs in the browser` : undefined;
  }
  if (/^cli\/commands\//.test(file) && /^cli\/commands\/[^/]+\.ts$/.test(target)) {
    return `${file} → ${target}: a command never imports another command`;
  }
  const isAllowed =
    roomOf(target) === room ||
    rooms[room].may.some((allowed) =>
      allowed.startsWith('type:') ? isType && isWithin(target, allowed.slice(5)) : isWithin(target, allowed),
    );
  return isAllowed ? undefined : `${file} → ${target}: ${rooms[room].why}`;
}

/** Cycles among imports that are there at load time, types included. A late `import()` may point anywhere the table allows. */
function cycleProblems(graph) {
  const problems = [];
  const state = new Map();
  const visit = (file, path) => {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      problems.push(`cycle: ${[...path.slice(path.indexOf(file)), file].join(' → ')}`);
      return;
    }
    state.set(file, 'open');
    for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
    state.set(file, 'done');
  };
  for (const file of graph.keys()) visit(file, []);
  return problems;
}

const files = ['src', 'keys', 'cli', 'controller'].flatMap(sourceFiles);
const imports = new Map(files.map((file) => [file, importsOf(file)]));
const graph = new Map(
  [...imports].map(([file, list]) => [file, list.filter((one) => one.target && !one.isLate).map((one) => one.target)]),
);
const missing = [...imports].flatMap(([file, list]) =>
  list.filter(({ target }) => target && !imports.has(target)).map(({ target }) => `${file} → ${target}: no such file`),
);
const problems = [
  ...[...imports].flatMap(([file, list]) => list.map((one) => ruleProblem(file, one)).filter(Boolean)),
  ...missing,
  ...cycleProblems(graph),
];
for (const problem of problems) console.error(problem);
console.log(`layers: ${files.length} files, ${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;
