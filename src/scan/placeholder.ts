// Words that stand for a value which was never filled in.

// With what each may begin: most values begin otherwise, and a pattern costs a moment before it is first used.
const placeholders: readonly { starts: string; is: RegExp }[] = [
  { starts: 'c', is: /^change[-_ ]?(?:me|it|this)[!.]*$/i },
  {
    starts: 'tfnupdr[',
    is: /^(?:todo|fixme|tbd|tba|n\/a|none|null|undefined|placeholder|dummy|redacted|\[redacted\])$/i,
  },
  { starts: 'tf', is: /^(?:todo|fixme)\b[:\s]/i },
  { starts: 'rfies', is: /^(?:replace|fill|insert|enter|set)[-_ ]?(?:me|this|in|here)(?:[-_ ].*)?$/i },
  { starts: 'y', is: /^your[-_ ][-_ \w]*$/i },
  { starts: 'x*.-?_…', is: /^(?:x{3,}|…|\*{3,}|\.{3,}|-{3,}|\?{2,}|_{3,})$/i },
  { starts: '<', is: /^<[^<>\r\n]+>$/ },
  { starts: '$', is: /^\$(?:\{[^{}\r\n]+\}|\([^()\r\n]+\))$/ },
  { starts: '{', is: /^\{\{.*\}\}$/ },
];

/** Whether a text stands where a value is still to come: `changeme`, `TODO`, `<password>`, `${PASSWORD}`, `****`. */
export function isPlaceholder(text: string): boolean {
  if (text === '' || text.length > 200) return false;
  const first = text.charAt(0).toLowerCase();
  return placeholders.some(({ starts, is }) => starts.includes(first) && is.test(text));
}
