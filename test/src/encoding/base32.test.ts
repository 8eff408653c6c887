// Base32 by the test vectors of RFC 4648, section 10.

import { expect, it } from 'vitest';
import { base32Encode } from '../../../src/encoding/base32.ts';

it.each([
  ['', ''],
  ['f', 'MY======'],
  ['fo', 'MZXQ===='],
  ['foo', 'MZXW6==='],
  ['foob', 'MZXW6YQ='],
  ['fooba', 'MZXW6YTB'],
  ['foobar', 'MZXW6YTBOI======'],
])('%j is %j', (text, encoded) => {
  expect(base32Encode(new TextEncoder().encode(text))).toBe(encoded);
});
