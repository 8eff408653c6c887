// Runs a parsed template over data: Go 1.26's text/template/exec.go, within a budget.

import { type Budget, LimitFailure } from './budget.ts';
import type { Text } from './bytes.ts';
import { payFor } from './cost.ts';
import { FunctionFailure, TemplateError } from './errors.ts';
import { printed } from './format.ts';
import { parseInteger, toFloat64 } from './functions/cast.ts';
import type { FunctionTable, Parameter, TemplateFunction } from './functions.ts';
import type { Branch, Callable, Node, Operand, Pipe } from './nodes.ts';
import { GoMap, GoNumber, GoStruct, isList, isTrue, typeName, type Value } from './values.ts';

/**
 * What a missing map key reached by a field does: it is no value, which prints as Go prints it; it is an error; or it is an
 * error only where it would be written or worked on, so that `default` and `if` may ask about it.
 */
export type MissingKey = 'no value' | 'error' | 'error in use';

/** Functions that may be asked about what is not there. */
const asking = new Set(
  'default empty coalesce all any ternary not eq ne hasKey kindOf kindIs typeOf typeIs typeIsLike'.split(' '),
);

export interface EvaluateOptions {
  functions: FunctionTable;
  budget: Budget;
  missingKey: MissingKey;
}

/** The template's output. Throws `TemplateError` naming the template and the line, never data. */
export function evaluate(templates: Callable, data: Value, options: EvaluateOptions): Text {
  return new Evaluation(templates, options).run(data);
}

/** `break` and `continue` on their way to the range around them. */
type Signal = 'break' | 'continue' | undefined;

/** No value comes down the pipe; unlike `undefined`, which is a value that is not there. */
const nothing = Symbol('nothing');
type Piped = Value | typeof nothing;

class Evaluation {
  readonly #templates: Callable;
  readonly #functions: FunctionTable;
  readonly #budget: Budget;
  readonly #missingKey: MissingKey;
  readonly #pieces: Text[] = [];
  #outputBytes = 0;
  #line = 1;
  /** What the text at hand is called in messages. */
  #name: string;
  #missing = '';
  #depth = 0;
  #variables: { name: string; value: Value }[] = [];

  constructor(templates: Callable, { functions, budget, missingKey }: EvaluateOptions) {
    this.#templates = templates;
    this.#name = templates.name;
    this.#functions = functions;
    this.#budget = budget;
    this.#missingKey = missingKey;
  }

  run(data: Value): Text {
    try {
      this.#variables = [{ name: '$', value: data }];
      this.#walk(this.#templates.root, data);
      return this.#pieces.join('');
    } catch (error) {
      throw this.#located(error);
    }
  }

  #located(error: unknown): unknown {
    const at = { template: this.#name, line: this.#line };
    if (error instanceof FunctionFailure) {
      const problem = error instanceof LimitFailure ? 'LIMIT' : 'EXECUTE';
      return new TemplateError(problem, at, error.message, error.hint);
    }
    // The JavaScript engine has bounds of its own, on strings and on its stack.
    return error instanceof RangeError ? new TemplateError('LIMIT', at, 'more than can be held') : error;
  }

  #write(text: Text): void {
    this.#outputBytes += text.length;
    this.#budget.checkBytes(this.#outputBytes);
    this.#pieces.push(text);
  }

  #walk(nodes: readonly Node[], dot: Value): Signal {
    for (const node of nodes) {
      this.#budget.spend(1);
      if (node.type !== 'text') this.#line = node.line;
      const signal = this.#step(node, dot);
      if (signal !== undefined) return signal;
    }
    return undefined;
  }

  #step(node: Node, dot: Value): Signal {
    switch (node.type) {
      case 'text':
        this.#write(node.text);
        return undefined;
      case 'action': {
        const value = this.#pipe(node.pipe, dot);
        if (node.pipe.declares.length > 0) return undefined;
        if (value === undefined) this.#use();
        payFor(value, this.#budget);
        this.#write(printed(value));
        return undefined;
      }
      case 'if':
      case 'with':
        return this.#scoped(() => this.#condition(node, dot));
      case 'range':
        return this.#scoped(() => this.#range(node, dot));
      case 'template':
        this.#call(node, dot);
        return undefined;
      default:
        return node.type;
    }
  }

  #scoped<T>(body: () => T): T {
    const mark = this.#variables.length;
    const result = body();
    this.#variables.length = mark;
    return result;
  }

  #condition(node: Branch, dot: Value): Signal {
    const value = this.#pipe(node.pipe, dot);
    if (!isTrue(value)) return this.#walk(node.otherwise, dot);
    return this.#walk(node.body, node.type === 'with' ? value : dot);
  }

  #range(node: Branch, dot: Value): Signal {
    const { declares, isAssign } = node.pipe;
    const value = this.#pipe(node.pipe, dot);
    const mark = this.#variables.length;
    let isEmpty = true;
    for (const [key, element] of this.#elements(value, declares.length)) {
      isEmpty = false;
      this.#budget.spend(1);
      this.#bind(declares, isAssign, key, element);
      const signal = this.#walk(node.body, element);
      this.#variables.length = mark;
      if (signal === 'break') break;
    }
    return isEmpty ? this.#walk(node.otherwise, dot) : undefined;
  }

  *#elements(value: Value, declared: number): Generator<[Value, Value]> {
    if (value === undefined || value === null) return;
    if (isList(value)) {
      for (const [index, element] of value.entries()) yield [BigInt(index), element];
    } else if (value instanceof GoMap) {
      for (const key of value.sortedKeys()) yield [key, value.entries.get(key)];
    } else if (typeof value === 'bigint') {
      if (declared > 1) throw new FunctionFailure("can't use an integer to iterate over more than one variable");
      for (let index = 0n; index < value; index += 1n) yield [undefined, index];
    } else {
      throw new FunctionFailure(`range can't iterate over a value of type ${typeName(value)}`);
    }
  }

  /** Gives a range's variables their values of this turn; with one variable it is the element. */
  #bind(declares: readonly string[], isAssign: boolean, key: Value, element: Value): void {
    const values = declares.length > 1 ? [key, element] : [element];
    for (const [index, name] of declares.entries()) {
      if (isAssign) this.#assign(name, values[index]);
      else this.#setDeclared(declares.length - index, values[index]);
    }
  }

  #setDeclared(fromTop: number, value: Value): void {
    const variable = this.#variables.at(-fromTop);
    if (variable !== undefined) this.#variables[this.#variables.length - fromTop] = { ...variable, value };
  }

  #assign(name: string, value: Value): void {
    const variable = this.#variables.findLast((one) => one.name === name);
    if (variable === undefined) throw new FunctionFailure(`undefined variable: ${name}`);
    variable.value = value;
  }

  #call(node: Extract<Node, { type: 'template' }>, dot: Value): void {
    const called = this.#templates.defined.get(node.name);
    if (called === undefined) throw new FunctionFailure('a template that is not defined is called');
    const data = node.pipe === undefined ? undefined : this.#pipe(node.pipe, dot);
    const [variables, name] = [this.#variables, this.#name];
    this.#variables = [{ name: '$', value: data }];
    this.#name = called.from;
    this.#deeper(() => this.#walk(called.nodes, data));
    this.#variables = variables;
    this.#name = name;
  }

  #deeper<T>(body: () => T): T {
    this.#depth += 1;
    this.#budget.checkDepth(this.#depth);
    const result = body();
    this.#depth -= 1;
    return result;
  }

  #pipe(pipe: Pipe, dot: Value): Value {
    let value: Piped = nothing;
    for (const command of pipe.commands) value = this.#command(command, dot, value);
    const result = value === nothing ? undefined : value;
    for (const name of pipe.declares) {
      if (pipe.isAssign) this.#assign(name, result);
      else this.#variables.push({ name, value: result });
    }
    return result;
  }

  #command([first, ...args]: readonly Operand[], dot: Value, piped: Piped): Value {
    this.#budget.spend(1);
    if (first === undefined) throw new FunctionFailure('empty command');
    this.#line = first.line;
    if (first.type === 'function') return this.#function(first.name, args, dot, piped);
    if (first.type === 'nil') throw new FunctionFailure('nil is not a command');
    if (args.length > 0 || piped !== nothing) throw new FunctionFailure("can't give argument to non-function");
    return this.#operand(first, dot);
  }

  #operand(operand: Operand, dot: Value): Value {
    switch (operand.type) {
      case 'literal':
        return operand.value;
      case 'dot':
        return dot;
      case 'nil':
        return null;
      case 'field':
        return this.#fields(dot, operand.fields);
      case 'variable':
        return this.#fields(this.#variable(operand.name), operand.fields);
      case 'pipe':
        return this.#deeper(() => this.#pipe(operand.pipe, dot));
      case 'chain':
        return this.#fields(this.#operand(operand.of, dot), operand.fields);
      case 'function':
        return this.#function(operand.name, [], dot, nothing);
    }
  }

  #variable(name: string): Value {
    const variable = this.#variables.findLast((one) => one.name === name);
    if (variable === undefined) throw new FunctionFailure(`undefined variable: ${name}`);
    return variable.value;
  }

  #fields(start: Value, fields: readonly string[]): Value {
    return fields.reduce<Value>((value, field) => this.#field(value, field), start);
  }

  #field(value: Value, field: string): Value {
    if (value === undefined) {
      if (this.#missingKey === 'error') throw new FunctionFailure(`nil data; no entry for key "${field}"`);
      return undefined;
    }
    if (value instanceof GoNumber) return numberMethod(value, field);
    if (value === null) throw new FunctionFailure(`nil pointer evaluating interface {}.${field}`);
    if (value instanceof GoStruct && value.fields.has(field)) return value.fields.get(field);
    if (!(value instanceof GoMap))
      throw new FunctionFailure(`can't evaluate field ${field} in type ${typeName(value)}`);
    const key = fieldKey(field);
    if (value.entries.has(key)) return value.entries.get(key);
    if (this.#missingKey === 'error') throw noEntry(field);
    this.#missing = field;
    return undefined;
  }

  /** What is not there is about to be written, or worked on. */
  #use(): void {
    if (this.#missingKey === 'error in use') throw noEntry(this.#missing);
  }

  #function(name: string, args: readonly Operand[], dot: Value, piped: Piped): Value {
    if (name === 'and' || name === 'or') return this.#shortCircuit(name, args, dot, piped);
    const found = this.#functions[name];
    if (found === undefined) throw new FunctionFailure(`function "${name}" not defined`);
    const count = args.length + (piped === nothing ? 0 : 1);
    checkCount(name, found, count);
    const values = args.map((arg, index) => this.#argument(name, parameterAt(found, index), arg, dot));
    if (piped !== nothing) values.push(checked(name, parameterAt(found, count - 1), piped));
    if (values.includes(undefined) && !asking.has(name)) this.#use();
    this.#budget.spend(values.reduce<number>((sum, value) => sum + workOf(value), 0));
    if (found.isDeep) for (const value of values) payFor(value, this.#budget);
    try {
      const result = found.call(values, this.#budget);
      if (typeof result === 'string') this.#budget.checkBytes(result.length);
      this.#budget.spend(workOf(result));
      return result;
    } catch (error) {
      throw error instanceof FunctionFailure && !(error instanceof LimitFailure)
        ? new FunctionFailure(`error calling ${name}: ${error.message}`, error.hint)
        : error;
    }
  }

  #argument(name: string, parameter: Parameter, operand: Operand, dot: Value): Value {
    const value =
      operand.type === 'chain' ? this.#deeper(() => this.#operand(operand, dot)) : this.#operand(operand, dot);
    if (parameter === 'float' && operand.type === 'literal' && typeof value === 'bigint') return Number(value);
    // Go reads a constant in the parameter's type: `indent 2.0` is an integer there.
    const isWhole =
      parameter === 'int' &&
      operand.type === 'literal' &&
      Number.isInteger(value) &&
      Math.abs(value as number) < 2 ** 63;
    return checked(name, parameter, isWhole ? BigInt(value as number) : value);
  }

  #shortCircuit(name: 'and' | 'or', args: readonly Operand[], dot: Value, piped: Piped): Value {
    if (args.length === 0 && piped === nothing)
      throw new FunctionFailure(`wrong number of args for ${name}: want at least 1 got 0`);
    let value: Value;
    for (const arg of args) {
      value = this.#operand(arg, dot);
      if (isTrue(value) === (name === 'or')) return value;
    }
    return piped === nothing ? value : piped;
  }
}

// Characters or elements that a function gets through in the time of one step.
const sizeOfStep = 8;

/** What a function pays for reading or making a value. Maps are looked up, not read; functions that read all of one say so. */
function workOf(value: Value): number {
  return typeof value === 'string' || isList(value) ? Math.floor(value.length / sizeOfStep) : 0;
}

const noEntry = (key: string) => new FunctionFailure(`map has no entry for key "${key}"`);

/** The methods of json.Number. */
function numberMethod({ text }: GoNumber, method: string): Value {
  if (method === 'String') return text;
  if (method === 'Float64') return toFloat64(text);
  const value = method === 'Int64' ? parseInteger(text, 10) : undefined;
  if (value === undefined) throw new FunctionFailure(`can't evaluate field ${method} in type json.Number`);
  return value;
}

const utf8 = new TextEncoder();

/** A field's name as it stands in data: identifiers may hold letters beyond ASCII. */
function fieldKey(field: string): Text {
  return [...utf8.encode(field)].map((byte) => String.fromCharCode(byte)).join('');
}

function checkCount(name: string, { takes, rest }: TemplateFunction, count: number): void {
  if (count < takes.length && rest !== undefined) {
    throw new FunctionFailure(`wrong number of args for ${name}: want at least ${takes.length} got ${count}`);
  }
  if (rest === undefined && count !== takes.length) {
    throw new FunctionFailure(`wrong number of args for ${name}: want ${takes.length} got ${count}`);
  }
}

function parameterAt({ takes, rest }: TemplateFunction, index: number): Parameter {
  return takes[index] ?? rest ?? 'any';
}

const parameterTypes: Record<Parameter, (value: Value) => boolean> = {
  any: () => true,
  string: (value) => typeof value === 'string',
  int: (value) => typeof value === 'bigint',
  bool: (value) => typeof value === 'boolean',
  list: (value) => isList(value) || value === null || value === undefined,
  // The data that a template gets is a map[string]string, which Go does not take for a map[string]any.
  map: (value) => (value instanceof GoMap && value.zero === null) || value === null || value === undefined,
  float: (value) => typeof value === 'number',
  struct: (value) => value instanceof GoStruct,
};

function checked(name: string, parameter: Parameter, value: Value): Value {
  if (parameterTypes[parameter](value)) return value;
  const hint = value instanceof GoNumber && parameter === 'string' ? 'toString makes a text of a number' : undefined;
  throw new FunctionFailure(
    `wrong type for an argument of ${name}: expected ${parameter}; got ${typeName(value)}`,
    hint,
  );
}
