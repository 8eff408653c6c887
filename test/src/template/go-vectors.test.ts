// Holds the engine against what Go 1.26's text/template, sprig 3.3.0 and the functions of External Secrets made of the same templates.

import { describe, expect, test } from 'vitest';
import { SecretBytes } from '../../../src/redact.ts';
import { render } from '../../../src/template/render.ts';
import language from '../../vectors/templates/cases.json' with { type: 'json' };
import functions from '../../vectors/templates/sprig.json' with { type: 'json' };

interface Vectors {
  /** Values in base64. */
  data: Record<string, string>;
  cases: { template: string; output?: string; fails?: boolean }[];
}

/** The output, or nothing where the template fails. */
function outcome(template: string, data: ReadonlyMap<string, SecretBytes>, missingKey: 'no value' | 'error') {
  try {
    return { output: Buffer.from(render(template, { name: 'case', data, missingKey }).reveal()).toString('base64') };
  } catch (error) {
    // Anything else than a failure of the template would be a fault of the engine.
    expect(error).toMatchObject({ code: expect.stringMatching(/^TEMPLATE_(?:PARSE|EXECUTE)$/) });
    return { fails: true };
  }
}

describe.each<[string, Vectors, 'no value' | 'error']>([
  ['the language', language, 'no value'],
  ['the functions, where what is missing fails', functions, 'error'],
])('%s: a template renders to the bytes that Go makes of it', (_, vectors, missingKey) => {
  const data = new Map(
    Object.entries(vectors.data).map(([key, value]) => [key, new SecretBytes(Buffer.from(value, 'base64'))]),
  );
  test.each(vectors.cases)('$template', ({ template, output }) => {
    expect(outcome(template, data, missingKey)).toEqual(output === undefined ? { fails: true } : { output });
  });
});
