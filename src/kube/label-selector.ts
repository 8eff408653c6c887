// Label selectors as Kubernetes writes them: `a=b,c!=d,e in (f,g),!h,i>3`.

import { FormatError } from '../errors.ts';

/** Whether labels are chosen. */
export type LabelPredicate = (labels: Readonly<Record<string, string>>) => boolean;

type Requirement = { key: string; test: (value: string | undefined) => boolean };

const keyPattern = /^([a-z0-9.-]{1,253}\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const valuePattern = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

/** Throws `FormatError` (`SELECTOR`), its message in the words of the API server. An empty text chooses everything. */
export function parseLabelSelector(text: string): LabelPredicate {
  if (!text.trim()) return () => true;
  // Commas inside parentheses belong to a set.
  const requirements = text.split(/,(?![^(]*\))/).map(requirement);
  return (labels) => requirements.every(({ key, test }) => test(Object.hasOwn(labels, key) ? labels[key] : undefined));
}

function requirement(text: string): Requirement {
  const set = /^\s*([^\s!=<>(),]+)\s+(in|notin)\s*\(([^()]*)\)\s*$/.exec(text);
  if (set) {
    const values = (set[3] ?? '').split(',').map((value) => value.trim());
    const inside = (value: string | undefined) => value !== undefined && values.includes(value);
    return checked(set[1], values, set[2] === 'in' ? inside : (value) => !inside(value));
  }
  const compared = /^\s*([^\s!=<>(),]+)\s*(==|=|!=|>|<)\s*([^\s!=<>(),]*)\s*$/.exec(text);
  if (compared) {
    const [, key, operator, wanted = ''] = compared;
    if (operator === '>' || operator === '<') {
      if (!/^-?\d+$/.test(wanted)) throw unparsable(`for 'Gt', 'Lt' operators, the value must be an integer`);
      const number = (value: string | undefined) => (/^-?\d+$/.test(value ?? '') ? Number(value) : Number.NaN);
      return checked(key, [], (value) => (operator === '>' ? number(value) > +wanted : number(value) < +wanted));
    }
    return checked(key, [wanted], (value) => (operator === '!=' ? value !== wanted : value === wanted));
  }
  const exists = /^\s*(!?)\s*([^\s!=<>(),]+)\s*$/.exec(text);
  if (!exists) throw unparsable(`found '${text.trim()}', expected: an identifier and an operator`);
  return checked(exists[2], [], (value) => (exists[1] === '!') === (value === undefined));
}

const unparsable = (why: string) => new FormatError('SELECTOR', why);

function checked(key = '', values: string[], test: Requirement['test']): Requirement {
  if (!keyPattern.test(key)) throw unparsable(`<nil>: Invalid value: ${JSON.stringify(key)}: not a label key`);
  const wrong = values.find((value) => !valuePattern.test(value));
  if (wrong !== undefined)
    throw unparsable(`values[0][${key}]: Invalid value: ${JSON.stringify(wrong)}: not a label value`);
  return { key, test };
}
