// Text that is still to be filled in: by Helm, Flux, envsubst, or Argo CD's Vault plugin.

// Every part is bounded, or ends where it could begin again: what is hostile is no more work than its length.
const variables = /\{\{(?:[^{}]|\{(?!\{)|\}(?!\}))*\}\}|\$\{[A-Za-z_][^}]{0,500}\}|\$\([A-Za-z_][\w.]*\)/;
const pluginPaths = /<(?:path|vault):[^<>\n]+>/;
const wholeWord = /^<[^<>]*>$/;

/** Whether some of a text is: nothing can be said of it. */
export function isUnrendered(text: string): boolean {
  return variables.test(text) || wholeWord.test(text);
}

// Where a variable stood, for what looks at the rest.
const gap = '\0';
const gaps = new RegExp(`${variables.source}|${pluginPaths.source}`, 'g');

const scheme = /^(?:Basic|Bearer|Token) +\0+$/i;
const login = /^[a-z][\w+.-]*:\/\/[^\s:/@]*:\0+@[^\s@]*$/i;
const passwordInUrl = /(?<![\w+.-])[a-z][\w+.-]*:\/\/[^\s:/@]{0,200}:([^\s@]{1,1000})@/gi;
const assignment =
  /(?:passw(?:or)?d|passphrase|pwd|secret|token|credential|(?:api|private|access)[-_.]?key)[\w.-]{0,50}["']?[ \t]*[:=][ \t]*(\S[^\n]*)/gi;

/**
 * Whether nothing of a value is secret until something fills it in: it is a variable, a login whose password is one, or lines of
 * settings in which the passwords are. `pre${VARIABLE}` and `postgres://user:secret@${HOST}` are not.
 */
export function isFilledIn(value: string): boolean {
  const rest = value.replace(gaps, gap);
  if (wholeWord.test(value) || rest.replaceAll(gap, '').trim() === '') return true;
  if (!rest.includes(gap)) return false;
  const line = rest.trim();
  if (!line.includes('\n')) return login.test(line) || scheme.test(line);
  const literal = [...line.matchAll(passwordInUrl), ...line.matchAll(assignment)].map(([, text = '']) => text);
  return literal.every((text) => /^["']?\0+["']?,?$/.test(text.trim()));
}
