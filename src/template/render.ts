// The door of this room: a template's text and its data in, bytes out; pure, and bounded in time and size.

import { SecretBytes } from '../redact.ts';
import { Budget, defaultLimits, type Limits } from './budget.ts';
import { bytesFromText, textFromBytes, textFromString } from './bytes.ts';
import { TemplateError } from './errors.ts';
import { evaluate, type MissingKey } from './evaluate.ts';
import { refusedFunctions } from './functions/refused.ts';
import { functionTable } from './functions/table.ts';
import { parseTemplate } from './parse.ts';
import { GoMap } from './values.ts';

export interface RenderOptions {
  /** Names the template in errors; usually the key of the Secret that it makes. */
  name: string;
  /** What `.key` and `index . "key"` give. */
  data: ReadonlyMap<string, SecretBytes>;
  /** Default: `no value`, as text/template's own default, which prints `<no value>`. */
  missingKey?: MissingKey;
  /** Default: `defaultLimits`. */
  limits?: Limits;
  /** Pays as well, for all that is rendered with it. */
  shared?: Budget;
}

/**
 * Renders a Go template. Throws `TemplateError` (`TEMPLATE_PARSE`, `TEMPLATE_EXECUTE`, `TEMPLATE_LIMIT`), whose
 * message names the template, the line and the function, and never holds data or what the template made of it.
 */
export function render(
  source: string,
  { name, data, missingKey = 'no value', limits = defaultLimits, shared }: RenderOptions,
): SecretBytes {
  const templates = parseTemplate(name, source, (called) => isCallable(name, called));
  const dot = new GoMap(
    [...data].map(([key, value]) => [textFromString(key), textFromBytes(value.reveal())] as const),
    '',
  );
  return new SecretBytes(
    bytesFromText(
      evaluate(templates, dot, { functions: functionTable, budget: new Budget(limits, shared), missingKey }),
    ),
  );
}

/** Whether a template may call a function; throws `TemplateError` for those that it may not have here, with what to do instead. */
export function isCallable(template: string, called: string): boolean {
  const instead = Object.hasOwn(refusedFunctions, called) ? refusedFunctions[called] : undefined;
  if (instead !== undefined) {
    throw new TemplateError('PARSE', { template, line: 0 }, `function "${called}" is not available`, instead);
  }
  return called === 'and' || called === 'or' || Object.hasOwn(functionTable, called);
}
