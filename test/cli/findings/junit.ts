// The rules of the JUnit schema that Jenkins publishes (junit-10.xsd of its xUnit plugin), as far as they are about what we write.

import type { XmlElement } from './xml.ts';

interface ElementRule {
  required?: readonly string[];
  optional?: readonly string[];
  /** Children in their order, and how many at most. */
  children?: readonly (readonly [name: string, most: number])[];
  /** Text between the children; without it white space alone. */
  mixed?: boolean;
}

const many = Number.POSITIVE_INFINITY;
const rules: Readonly<Record<string, ElementRule>> = {
  testsuites: {
    optional: ['name', 'time', 'tests', 'failures', 'disabled', 'errors'],
    children: [['testsuite', many]],
  },
  testsuite: {
    required: ['name', 'tests'],
    optional: ['failures', 'errors', 'time', 'disabled', 'skipped', 'timestamp', 'hostname', 'id', 'package'],
    children: [
      ['properties', 1],
      ['testcase', many],
      ['system-out', 1],
      ['system-err', 1],
    ],
  },
  testcase: {
    required: ['name'],
    optional: ['assertions', 'time', 'classname', 'status'],
    children: [
      ['skipped', 1],
      ['error', many],
      ['failure', many],
      ['system-out', many],
      ['system-err', many],
    ],
  },
  failure: { optional: ['type', 'message'], mixed: true },
  'system-out': { mixed: true },
};

/** What in an element, and below it, the schema does not allow. */
export function junitProblems(element: XmlElement): string[] {
  const { name, attributes, children, text } = element;
  const rule = rules[name];
  if (!rule) return [`there is no element ${name}`];
  const { required = [], optional = [], children: order = [], mixed = false } = rule;
  const known = [...required, ...optional];
  const places = children.map((child) => order.findIndex(([one]) => one === child.name));
  return [
    ...required.filter((one) => !(one in attributes)).map((one) => `${name} without ${one}`),
    ...Object.keys(attributes)
      .filter((one) => !known.includes(one))
      .map((one) => `${name} with ${one}`),
    ...(places.includes(-1) ? [`${name} holds what it may not`] : []),
    ...(places.some((place, index) => index > 0 && place < (places[index - 1] ?? 0)) ? [`${name}: wrong order`] : []),
    ...order.filter(([one, most]) => children.filter((child) => child.name === one).length > most).map(([one]) => one),
    ...(!mixed && text.trim() !== '' ? [`${name} holds text`] : []),
    ...children.flatMap(junitProblems),
  ];
}
