// Everything a template may call, by name.

import { builtins } from '../builtins.ts';
import type { FunctionTable } from '../functions.ts';
import { defaultFunctions } from './defaults.ts';
import { dictFunctions } from './dicts.ts';
import { encodingFunctions } from './encoding.ts';
import { listFunctions } from './lists.ts';
import { numberFunctions } from './numbers.ts';
import { pathFunctions } from './paths.ts';
import { stringFunctions } from './strings.ts';
import { typeFunctions } from './types.ts';

/** The functions of text/template, sprig and External Secrets that give the same every time. */
export const functionTable: FunctionTable = {
  ...builtins,
  ...stringFunctions,
  ...listFunctions,
  ...dictFunctions,
  ...numberFunctions,
  ...defaultFunctions,
  ...typeFunctions,
  ...pathFunctions,
  ...encodingFunctions,
};
