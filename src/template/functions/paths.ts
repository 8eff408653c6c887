// Go's path package, and path/filepath as it is on Linux, where both are the same.

import type { Text } from '../bytes.ts';
import { type FunctionTable, fn } from '../functions.ts';

const base = fn(['string'], ([path]) => baseOf(path));
const dir = fn(['string'], ([path]) => cleaned(path.slice(0, path.lastIndexOf('/') + 1)));
const ext = fn(['string'], ([path]) => /\.[^./]*$/.exec(path.slice(path.lastIndexOf('/') + 1))?.[0] ?? '');
const clean = fn(['string'], ([path]) => cleaned(path));
const isAbs = fn(['string'], ([path]) => path.startsWith('/'));

export const pathFunctions: FunctionTable = {
  base,
  dir,
  ext,
  clean,
  isAbs,
  osBase: base,
  osDir: dir,
  osExt: ext,
  osClean: clean,
  osIsAbs: isAbs,
};

function baseOf(path: Text): Text {
  if (path === '') return '.';
  let end = path.length;
  while (end > 0 && path[end - 1] === '/') end -= 1;
  return end === 0 ? '/' : path.slice(path.lastIndexOf('/', end - 1) + 1, end);
}

/** path.Clean: no empty elements, no dots, and no way up beyond the root. */
function cleaned(path: Text): Text {
  const isRooted = path.startsWith('/');
  const kept: Text[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') kept.push(part);
    else if (kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else if (!isRooted) kept.push('..');
  }
  return (isRooted ? '/' : '') + kept.join('/') || '.';
}
