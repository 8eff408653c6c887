// JSON that no terminal obeys and every parser reads back.

import { expect, it } from 'vitest';
import { jsonDocument, jsonLine } from '../../cli/json.ts';

it('has no character that a terminal would obey, and reads back as what it was', () => {
  const all = Array.from({ length: 0x2100 }, (_, code) => String.fromCharCode(code)).join('');
  for (const text of [jsonDocument({ [all]: all }), jsonLine({ [all]: all })]) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are looked for
    expect(text.replaceAll('\n', '')).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
    expect(JSON.parse(text)).toEqual({ [all]: all });
  }
});
