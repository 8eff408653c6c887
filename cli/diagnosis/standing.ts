// Cases about what the status says: refused Secrets, stores that are not well, and every documented reason; the last is that all is well.

import { type Reason, reasons } from '../../src/kube/reasons.ts';
import { type Case, type Facts, there } from './facts.ts';
import { addressed, asking, called, kubectl, noted } from './words.ts';

function isReady(facts: Facts): boolean {
  const readiness = there(facts)?.readiness;
  return readiness?.ready === 'True' && readiness.isCurrent;
}

/** The most telling reason: the one of Stalled says more than a word of the reference controllers. */
function reasonOf(facts: Facts): string | undefined {
  const found = there(facts);
  if (!found) return undefined;
  const { readiness } = found;
  if (readiness.ready === 'True') return undefined;
  return readiness.stalled?.reason ?? readiness.reason;
}

const messageOf = (facts: Facts) => there(facts)?.readiness.stalled?.message ?? there(facts)?.readiness.message ?? '';

/** In the order in which they are tried. */
export const standingCases: readonly Case[] = [
  {
    code: 'BehindNotReady',
    title: 'What the object depends on is not well',
    told: 'The object is not ready, and its store, VaultAuth or VaultConnection is not there or not ready either.',
    mends: 'Mend that first.',
    find(facts) {
      const { behind } = facts;
      if (!behind || !there(facts) || isReady(facts)) return undefined;
      const { readiness } = behind;
      return {
        what: `${called(facts)} cannot be filled: ${messageOf(facts) || `${called(behind)} is not well`}`,
        cause: readiness
          ? `${called(behind)} is not ready: ${[readiness.reason, readiness.message].filter(Boolean).join(': ')}`
          : `there is no ${called(behind)}`,
        mend: readiness
          ? asking(facts, `why ${addressed(behind)}`)
          : `apply the ${behind.kind}, or correct the reference to it`,
      };
    },
  },
  {
    code: 'SecretOfAnother',
    title: 'The Secret belongs to someone else',
    told: 'A Secret of that name is there, with an ownerReference that is not to this object.',
    mends: 'Let one of the two go, or name one otherwise.',
    find(facts) {
      const { secret } = facts;
      if (reasonOf(facts) !== 'NotOwned' || secret?.is !== 'there' || !secret.owner) return undefined;
      const { kind, name } = secret.owner;
      return {
        what: `${called(facts)} makes no Secret ${secret.name}: one is there that is not its own`,
        cause: `Secret ${secret.name} belongs to ${kind} ${name}`,
        mend: `delete ${kind} ${name}, or give one of the two another name: no annotation takes a Secret from its controller`,
      };
    },
  },
  {
    code: 'SecretOfNobody',
    title: 'A Secret of that name is there already',
    told: 'It has no owner, and was not made for this object.',
    mends: 'Give leave to take it over, or delete it.',
    find(facts) {
      const { secret } = facts;
      if (reasonOf(facts) !== 'NotOwned' || (secret?.is === 'there' && secret.owner)) return undefined;
      return {
        what: messageOf(facts) || `${called(facts)} makes no Secret: one is there that is not its own`,
        cause: `a Secret ${secret?.name ?? facts.name} was made by hand, or by a tool that sets no owner`,
        mend: noted(
          kubectl(facts, `annotate ${addressed(facts)} sealwright.dev/adopt=true`),
          'and write it into the manifest',
        ),
      };
    },
  },
  {
    code: 'SecretLost',
    title: 'The object is ready, and its Secret is not there',
    told: 'Ready is True, and the API server has no such Secret.',
    mends: 'See whether the controller runs: it puts back what is deleted.',
    find(facts) {
      const { secret } = facts;
      if (!isReady(facts) || secret?.is !== 'absent' || there(facts)?.readiness.reason === 'SecretDeleted')
        return undefined;
      return {
        what: `${called(facts)} is Ready, and Secret ${secret.name} is not there`,
        cause: 'it was deleted a moment ago, or the controller does not run',
        mend: noted(asking(facts, `why ${addressed(facts)}`), 'if it stays so, see the log of the controller'),
      };
    },
  },
  {
    code: 'Stale',
    title: 'The last good values stay, and refreshes fail',
    told: 'Ready is True, and Stale is True beside it.',
    mends: 'See the reason of Stale.',
    find(facts) {
      const stale = there(facts)?.readiness.stale;
      if (!stale || !isReady(facts)) return undefined;
      const { behind } = facts;
      return {
        what: `${called(facts)} keeps values that can no longer be refreshed`,
        cause: `${stale.reason}: ${stale.message ?? ''}`,
        mend: behind ? asking(facts, `why ${addressed(behind)}`) : remedyOf(stale.reason),
      };
    },
  },
  {
    code: 'ReferenceOperator',
    title: 'Another controller serves the object',
    told: 'It is not ready, and its status is not one that Sealwright writes.',
    mends: 'See what that controller says.',
    find(facts) {
      const reason = reasonOf(facts);
      if (reason === undefined || Object.hasOwn(reasons, reason)) return undefined;
      return {
        what: `${called(facts)} is not ready${messageOf(facts) ? `: ${messageOf(facts)}` : ''}`,
        cause: facts.warning
          ? `its last event says ${facts.warning.reason}: ${facts.warning.message}`
          : reason === ''
            ? 'its controller gives no reason'
            : `its controller says ${reason}`,
        mend: kubectl(facts, `describe ${addressed(facts)}`),
      };
    },
  },
  {
    code: 'Reason',
    title: 'A documented reason',
    told: 'Any other reason of [conditions](conditions.md).',
    mends: 'As that page says for the reason.',
    find(facts) {
      const reason = reasonOf(facts);
      if (reason === undefined) return undefined;
      const text = reasons[reason as Reason];
      return {
        what: `${called(facts)} is not ready: ${messageOf(facts) || reason}`,
        cause: `${reason}: ${lowered(text.meaning)}`,
        mend: remedyOf(reason),
      };
    },
  },
  {
    code: 'Healthy',
    isHealthy: true,
    title: 'Nothing is wrong',
    told: 'Ready is True for the generation that there is.',
    mends: 'Nothing to do.',
    find(facts) {
      const found = there(facts);
      if (!found) return undefined;
      const secret = facts.secret?.is === 'there' ? `Secret ${facts.secret.name} is there` : undefined;
      const text = [found.readiness.message, secret].filter(Boolean).join('; ');
      return { what: `nothing is wrong: ${called(facts)} is Ready`, cause: text || found.readiness.reason, mend: '' };
    },
  },
  {
    code: 'NothingInFile',
    isHealthy: true,
    title: 'The file alone shows nothing wrong',
    told: 'No cluster was asked; what the file, the rules and the Kustomizations say fits.',
    mends: 'Ask a cluster.',
    find: (facts) => ({
      what: `nothing is wrong with ${called(facts)} as far as ${facts.file?.path ?? 'the file'} tells`,
      cause:
        facts.cluster === undefined
          ? 'no cluster was asked'
          : `it is for cluster ${facts.cluster}, which was not asked`,
      mend: '',
    }),
  },
];

function remedyOf(reason: string | undefined): string {
  const text = reason !== undefined && Object.hasOwn(reasons, reason) ? reasons[reason as Reason] : undefined;
  return text ? lowered(text.remedy).replace(/\.$/, '') : 'see the message';
}

const lowered = (text: string) => `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
