// Words of commands that people are told to run, as a shell takes them.

/** A path on a command line: as `shellWord`, and one that begins with a dash is no option. */
export function shellPath(path: string): string {
  return shellWord(path.startsWith('-') ? `./${path}` : path);
}

/** A word of a command line as a shell takes it: on one line, and nothing in it steers a terminal. */
export function shellWord(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is written otherwise
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(text)) return escapedWord(text);
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** `$'a\nb'`: bash, zsh, ksh and POSIX of 2024 (2.2.4) know it. */
function escapedWord(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: likewise
  const escaped = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\\']/g, (character) => {
    if (character === '\n') return '\\n';
    if (character === '\\' || character === "'") return `\\${character}`;
    // Octal has an end, whatever digit comes after it.
    return [...new TextEncoder().encode(character)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
  });
  return `$'${escaped}'`;
}
