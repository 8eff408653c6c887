// JSON as commands print it: the very same values, and nothing in it that a terminal would obey.

/** The document, indented, with a line end. */
export const jsonDocument = (value: unknown): string => `${harmless(JSON.stringify(value, null, 2))}\n`;

/** The same on one line, for outputs of many objects. */
export const jsonLine = (value: unknown): string => `${harmless(JSON.stringify(value))}\n`;

// JSON.stringify escapes those below U+0020; the others can only stand within strings (RFC 8259, section 7).
const harmless = (json: string) =>
  json.replace(/[\u007f-\u009f\u2028\u2029]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
