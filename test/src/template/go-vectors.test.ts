// Holds the engine against what Go 1.26's text/template with sprig 3.3.0 made of the same templates.

import { describe, expect, test } from 'vitest';
import { SecretBytes } from '../../../src/redact.ts';
import { render } from '../../../src/template/render.ts';
import vectors from '../../vectors/templates/cases.json' with { type: 'json' };

const data = new Map(
  Object.entries(vectors.data).map(([key, value]) => [key, new SecretBytes(Buffer.from(value, 'base64'))]),
);

/** The output, or nothing where the template fails. */
function outcome(template: string): { output: string } | { fails: true } {
  try {
    return { output: Buffer.from(render(template, { name: 'case', data }).reveal()).toString('base64') };
  } catch {
    return { fails: true };
  }
}

describe('a template renders to the bytes that Go makes of it', () => {
  test.each(vectors.cases)('$template', ({ template, output }) => {
    expect(outcome(template)).toEqual(output === undefined ? { fails: true } : { output });
  });
});
