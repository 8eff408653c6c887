// What goes wrong with a template: where, and what, but never the data that was in it.

import { SealError } from '../errors.ts';

/** Kinds of template failure; each is an error code with `TEMPLATE_` before it. */
export type TemplateProblem = 'PARSE' | 'EXECUTE' | 'LIMIT';

/** A template that cannot be parsed or rendered. The message names the template and the line, never a value. */
export class TemplateError extends SealError {
  readonly template: string;
  /** Counted from 1; 0 before any line is known. */
  readonly line: number;

  constructor(problem: TemplateProblem, at: { template: string; line: number }, message: string, hint?: string) {
    super(
      `TEMPLATE_${problem}`,
      `template ${at.template}, line ${at.line}: ${message}`,
      hint === undefined ? {} : { hint },
    );
    this.template = at.template;
    this.line = at.line;
  }
}

/** Thrown by functions and operators, which know no position; the evaluator adds it. */
export class FunctionFailure extends Error {
  readonly hint: string | undefined;
  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}
