// sprig 3.3.0's encodings, base64 and base32, both standard alphabet and padded; and External Secrets' `hexdec`.

import { base32Alphabet, base32Encode } from '../../encoding/base32.ts';
import { base64Decode, base64Encode } from '../../encoding/base64.ts';
import { isSealError } from '../../errors.ts';
import { bytesFromText, type Text, textFromBytes } from '../bytes.ts';
import { FunctionFailure } from '../errors.ts';
import { type FunctionTable, fn } from '../functions.ts';

export const encodingFunctions: FunctionTable = {
  b64enc: fn(['string'], ([text]) => base64Encode(bytesFromText(text))),
  b64dec: fn(['string'], ([text]) => decode64(text)),
  b32enc: fn(['string'], ([text]) => base32Encode(bytesFromText(text))),
  b32dec: fn(['string'], ([text]) => decode32(text)),
  hexdec: fn(['string'], ([text]) => decodeHex(text)),
};

// sprig returns the decoder's error message as if it were the result; a Secret must not hold that, so these fail.
function decode64(text: Text): Text {
  try {
    return textFromBytes(base64Decode(text));
  } catch (error) {
    if (!isSealError(error)) throw error;
    throw new FunctionFailure('not base64');
  }
}

function decodeHex(text: Text): Text {
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(text)) throw new FunctionFailure('not hexadecimal');
  return textFromBytes(Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)));
}

function decode32(text: Text): Text {
  const stripped = text.replace(/[\r\n]/g, '');
  const body = stripped.replace(/=+$/, '');
  if (
    stripped.length % 8 !== 0 ||
    !/^[A-Z2-7]*$/.test(body) ||
    [1, 3, 6].includes(body.length % 8) ||
    stripped.length - body.length > 6
  ) {
    throw new FunctionFailure('not base32');
  }
  let result = '';
  let bits = 0;
  let held = 0;
  for (const digit of body) {
    held = ((held << 5) | base32Alphabet.indexOf(digit)) & 0xfff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    result += String.fromCharCode((held >> bits) & 0xff);
  }
  return result;
}
