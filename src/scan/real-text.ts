// Whether what a Secret holds under a name is a value, or only the place of one.

import { base64Decode, isBase64 } from '../encoding/base64.ts';
import { isReference } from './made-up.ts';
import { isPlaceholder } from './placeholder.ts';

/** `field` is the one that the text stands in: what `data` holds is base64. */
export function isRealText(text: string, field: string): boolean {
  const plain = field === 'data' && isBase64(text) ? new TextDecoder().decode(base64Decode(text)) : text;
  return ![text, plain].some((one) => one.trim() === '' || isPlaceholder(one.trim()) || isReference(one));
}
