// What a template function is, and how a table of them is put together.

import type { Budget } from './budget.ts';
import type { Text } from './bytes.ts';
import type { GoMap, GoStruct, Value } from './values.ts';

/** What a parameter takes. `any` also takes no value; the others refuse it by name of type. */
export type Parameter = 'any' | 'string' | 'int' | 'bool' | 'list' | 'map' | 'float' | 'struct';

/** One function that templates may call: pure, and bounded by the budget. */
export interface TemplateFunction {
  /** Fixed parameters, in Go's order. */
  takes: readonly Parameter[];
  /** What any further arguments are. Default: none are taken. */
  rest?: Parameter;
  /** Whether all inside its arguments is read, and paid for before the call. Default: what they are, and no deeper. */
  isDeep?: boolean;
  /** Arguments have been checked against `takes` and `rest`. Throws `FunctionFailure`, which never names a value. */
  call(args: readonly Value[], budget: Budget): Value;
}

/** Functions by the name that templates call them. */
export type FunctionTable = Readonly<Record<string, TemplateFunction>>;

interface ParameterTypes {
  any: Value;
  string: Text;
  int: bigint;
  bool: boolean;
  list: readonly Value[] | null | undefined;
  map: GoMap | null | undefined;
  float: number;
  struct: GoStruct;
}

type Arguments<Takes extends readonly Parameter[], Rest extends Parameter> = readonly [
  ...{ -readonly [Index in keyof Takes]: ParameterTypes[Takes[Index]] },
  ...ParameterTypes[Rest][],
];

/** A function in one line: what it takes, what it does, and what more it takes. */
export function fn<const Takes extends readonly Parameter[], Rest extends Parameter = never>(
  takes: Takes,
  call: (args: Arguments<Takes, Rest>, budget: Budget) => Value,
  rest?: Rest,
): TemplateFunction {
  // The evaluator checks every argument against `takes` and `rest` before the call.
  const body = call as unknown as TemplateFunction['call'];
  return rest === undefined ? { takes, call: body } : { takes, rest, call: body };
}

/** A function that reads lists and maps to their depths. */
export function deep(one: TemplateFunction): TemplateFunction {
  return { ...one, isDeep: true };
}

/** Functions of the reference that a template may not have here, and what to use instead. */
export type RefusedTable = Readonly<Record<string, string>>;
