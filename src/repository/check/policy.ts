// What the policy of a rule asks of sealed values: their age, their scope, their record.

import { scopeAnnotations } from '../../seal/scope.ts';
import type { Finding } from '../finding.ts';
import { checkFindings } from '../findings/check.ts';
import { type SealedView, sealedViewOf } from './sealed.ts';
import { byCause, found, listed, type Subject, setAgain } from './subject.ts';

const dayMs = 86_400_000;

/** Holds a SealedSecret to the policy of its rule. */
export function checkPolicy(subject: Subject): Finding[] {
  const view = sealedViewOf(subject);
  return view && subject.rule ? [...forbidden(subject, view), ...old(subject, view), ...unrecorded(subject, view)] : [];
}

function forbidden(subject: Subject, { scope, items }: SealedView): Finding[] {
  // A patch says nothing of the scope unless it changes it.
  const isSilent = scope === 'strict' && subject.isPatch;
  if (isSilent || items.length === 0 || !subject.rule?.policy.forbidScopes.includes(scope)) return [];
  return [
    found(subject, checkFindings.forbiddenScope, {
      at: scope === 'strict' ? ['metadata'] : ['metadata', 'annotations', scopeAnnotations[scope]],
      message: `the scope is ${scope}, which ${subject.ruleName} forbids`,
      hint: 'change the scope annotations, and seal the values again',
    }),
  ];
}

function old(subject: Subject, { items }: SealedView): Finding[] {
  const { now, rule, ruleName } = subject;
  const most = rule?.policy.maxAgeDays;
  if (most === undefined) return [];
  const ageOf = (day: string) => Math.floor((now.getTime() - Date.parse(`${day}T00:00:00Z`)) / dayMs);
  const groups = byCause(items, ({ record }) => (record && ageOf(record.day) > most ? record.day : undefined));
  return Array.from(groups, ([day, all]) =>
    found(subject, checkFindings.tooOld, {
      at: all[0].at,
      message: `${listed(all.map(({ name }) => name))}: sealed on ${day}, ${ageOf(day)} days ago, and ${ruleName} allows ${most}`,
      hint: `change the value at its source, then ${setAgain(subject, all)}`,
    }),
  );
}

function unrecorded(subject: Subject, { items }: SealedView): Finding[] {
  if (!subject.rule?.policy.requireRecord) return [];
  const [first, ...others] = items.filter(
    ({ record, value, isLegacy }) => !record && !isLegacy && value.is !== 'unrendered',
  );
  if (!first) return [];
  return [
    found(subject, checkFindings.noRecord, {
      at: first.at,
      message: `${listed([first, ...others].map(({ name }) => name))}: no line in the seal record, which ${subject.ruleName} requires`,
      hint: `seal again without --no-record: ${setAgain(subject, [first, ...others])}`,
    }),
  ];
}
