// The part of Kubernetes' JSONPath that printer columns use: members, indexes, wildcards and equality filters.

import { FormatError } from '../errors.ts';
import { canonical, isObject, member } from './json.ts';

type Step = (value: unknown) => unknown[];

/** Finds every value that a path leads to; missing members lead nowhere. */
export type JsonPath = (value: unknown) => unknown[];

const childStep = /^\.((?:\\.|[^.[\]\s\\])+)/;
const quotedStep = /^\[\s*(?:'((?:\\.|[^'\\])*)'|"((?:\\.|[^"\\])*)")\s*\]/;
const indexStep = /^\[\s*(-?\d+)\s*\]/;
const wildcardStep = /^(?:\.\*|\[\s*\*\s*\])/;
const filterStep =
  /^\[\?\(\s*@((?:\.[^\s=!<>)]+|\[[^\]]*\])+)\s*(?:(==|!=|<=|>=|<|>)\s*("(?:\\.|[^"])*"|'(?:\\.|[^'])*'|[^\s)]+))?\s*\)\]/;

/** Compiles `.status.conditions[?(@.type=="Ready")].status` and the like. Throws `FormatError` (`JSONPATH`). */
export function compileJsonPath(path: string): JsonPath {
  const steps: Step[] = [];
  let rest = path.trim().replace(/^\{(.*)\}$/s, '$1');
  if (rest.startsWith('$')) rest = rest.slice(1);
  while (rest !== '' && rest !== '.') {
    const [step, length] = nextStep(rest, path);
    steps.push(step);
    rest = rest.slice(length);
  }
  return (value) => steps.reduce((found: unknown[], step) => found.flatMap(step), [value]);
}

function nextStep(rest: string, path: string): [Step, number] {
  const wildcard = wildcardStep.exec(rest);
  if (wildcard) return [children, wildcard[0].length];
  const child = childStep.exec(rest) ?? quotedStep.exec(rest);
  if (child) return [childOf((child[1] ?? child[2] ?? '').replace(/\\(.)/g, '$1')), child[0].length];
  const index = indexStep.exec(rest);
  if (index) return [itemAt(Number(index[1])), index[0].length];
  const filter = filterStep.exec(rest);
  if (filter) return [itemsWhere(filter[1] ?? '', filter[2], filter[3]), filter[0].length];
  throw new FormatError('JSONPATH', `JSONPath ${JSON.stringify(path)} is not understood at ${JSON.stringify(rest)}`);
}

const childOf =
  (name: string): Step =>
  (value) =>
    isObject(value) && Object.hasOwn(value, name) ? [member(value, name)] : [];

const itemAt =
  (index: number): Step =>
  (value) => {
    const at = Array.isArray(value) && index < 0 ? value.length + index : index;
    return Array.isArray(value) && at >= 0 && at < value.length ? [value[at]] : [];
  };

const children: Step = (value) => {
  if (Array.isArray(value)) return value;
  return isObject(value) ? Object.values(value) : [];
};

function itemsWhere(left: string, operator: string | undefined, right: string | undefined): Step {
  const find = compileJsonPath(left);
  const wanted = right === undefined ? undefined : literal(right);
  const holds = (item: unknown) => {
    const [actual] = find(item);
    return actual !== undefined && (operator === undefined || compare(actual, operator, wanted));
  };
  return (value) => (Array.isArray(value) ? value.filter(holds) : []);
}

function literal(text: string): unknown {
  if (/^(['"]).*\1$/s.test(text)) return text.slice(1, -1).replace(/\\(.)/g, '$1');
  if (text === 'true' || text === 'false') return text === 'true';
  return text === '' || Number.isNaN(Number(text)) ? text : Number(text);
}

function compare(actual: unknown, operator: string, wanted: unknown): boolean {
  if (operator === '==') return actual === wanted;
  if (operator === '!=') return actual !== wanted;
  if (typeof actual !== typeof wanted || (typeof actual !== 'number' && typeof actual !== 'string')) return false;
  const [a, b] = [actual, wanted as typeof actual];
  return { '<': a < b, '>': a > b, '<=': a <= b, '>=': a >= b }[operator] ?? false;
}

/** A value as a text column shows it: text as it is, everything else as JSON. */
export function printValue(value: unknown): string {
  return typeof value === 'string' ? value : canonical(value);
}
