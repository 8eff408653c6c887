// Asking on the terminal: yes or no, one of several, a line of text; loaded only when a command has to ask.

import type { Readable, Writable } from 'node:stream';
import { confirm, isCancel, select, text } from '@clack/prompts';
import { SealError } from '../src/errors.ts';
import { oneLine } from './one-line.ts';
import type { Dialogue } from './prompt.ts';

/** One of several answers. */
export interface Choice<T extends string> {
  value: T;
  label: string;
  /** Shown beside it while it is the current one. */
  hint?: string;
}

/** Every question throws `SealError` (`INTERRUPTED`) when the user gives up. */
export interface Questions {
  /** Return alone means yes. */
  confirm(question: string): Promise<boolean>;
  /** Return alone means `initial`; default: the first. */
  choose<T extends string>(question: string, choices: readonly Choice<T>[], initial?: T): Promise<T>;
  /** `problemOf` says what is wrong with an answer, and it is asked for again. */
  text(question: string, problemOf?: (answer: string) => string | undefined): Promise<string>;
}

/** Questions on a terminal. */
export function questionsOn(dialogue: Dialogue): Questions {
  const streams = dialogue as { input: Readable; output: Writable };
  return {
    async confirm(question) {
      return answered(await confirm({ message: oneLine(question), ...streams }));
    },
    async choose<T extends string>(question: string, choices: readonly Choice<T>[], initial?: T) {
      // What is chosen is told by its place: the library's types know no type that is not known yet.
      const options = choices.map(({ label, hint }, index) => {
        return { value: String(index), label: oneLine(label), ...(hint !== undefined && { hint: oneLine(hint) }) };
      });
      const initialValue = String(
        Math.max(
          0,
          choices.findIndex(({ value }) => value === initial),
        ),
      );
      const place = answered(
        await select({ message: oneLine(question), options, initialValue, showInstructions: false, ...streams }),
      );
      const choice = choices[Number(place)];
      if (choice === undefined) throw new TypeError('one of the choices was chosen');
      return choice.value;
    },
    async text(question, problemOf = () => undefined) {
      const validate = (answer: string | undefined) => problemOf(answer ?? '');
      return answered(await text({ message: oneLine(question), validate, ...streams }));
    },
  };
}

function answered<T>(answer: T): Exclude<T, symbol> {
  if (isCancel(answer)) throw new SealError('INTERRUPTED', 'interrupted');
  return answer as Exclude<T, symbol>;
}
