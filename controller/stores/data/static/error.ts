// What is wrong with a transformation, whatever it is given.

import { isSealError, SealError } from '../../../../src/errors.ts';

/** A transformation that cannot be used as it is written, or that names something which is not there. */
export class TransformationError extends SealError {
  /** `NotFound`: a SecretTransformation or one of its templates; it may come. `Invalid`: a person has to correct something. */
  readonly problem: 'Invalid' | 'NotFound';

  constructor(problem: 'Invalid' | 'NotFound', message: string, hint?: string) {
    super(
      `TRANSFORMATION_${problem === 'Invalid' ? 'INVALID' : 'NOT_FOUND'}`,
      message,
      hint === undefined ? {} : { hint },
    );
    this.problem = problem;
  }
}

/** Whether `error` is one of a transformation; true across bundles. */
export function isTransformationError(error: unknown): error is TransformationError {
  return isSealError(error) && error.code.startsWith('TRANSFORMATION_') && 'problem' in error;
}
