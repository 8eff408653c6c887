// Globs over paths and branches: `*` within a folder, `**` across folders, `?`, `[abc]`, `[!abc]`, `{one,other}`.

const compiled = new Map<string, RegExp | undefined>();

/** Whether `path` (parts joined by `/`) matches. A pattern that is no glob matches nothing. Case counts. */
export function matchesGlob(glob: string, path: string): boolean {
  return regexOf(glob)?.test(path) ?? false;
}

/** Whether `text` is a glob: relative, without `..`, brackets and braces closed, braces not nested. */
export function isGlob(text: string): boolean {
  return regexOf(text) !== undefined;
}

function regexOf(glob: string): RegExp | undefined {
  if (!compiled.has(glob)) compiled.set(glob, compile(glob));
  return compiled.get(glob);
}

function compile(glob: string): RegExp | undefined {
  // A leading ./ says nothing, and a folder stands for all that is in it, as in .gitignore.
  const text = glob.replace(/^(?:\.\/)+/, '').replace(/\/$/, '/**');
  if (text === '' || text.startsWith('/') || /(?:^|\/)\.\.(?:\/|$)/.test(text) || text.includes('\\')) return undefined;
  const parts: string[] = [];
  const token = /(?<=^|\/)\*\*\/|\/\*\*$|\*+|\?|\[(!?)([^[\]/]+)\]|\{([^{}]*)\}|[^*?[\]{}]/gy;
  let at = 0;
  for (const match of text.matchAll(token)) {
    at = match.index + match[0].length;
    parts.push(patternOf(match, text));
  }
  if (at !== text.length) return undefined;
  try {
    return new RegExp(`^${parts.join('')}$`, 'u');
  } catch {
    return undefined;
  }
}

function patternOf([token, negated, letters, words]: RegExpExecArray, glob: string): string {
  // Only as a whole part of a path does it cross folders.
  if (token === '**/') return '(?:[^/]+/)*';
  if (token === '/**') return '/.+';
  if (glob === '**') return '.+';
  if (token.startsWith('*')) return '[^/]*';
  if (token === '?') return '[^/]';
  if (letters !== undefined) return `(?!/)[${negated ? '^' : ''}${letters.replace(/[\\^]/g, '\\$&')}]`;
  if (words !== undefined) return `(?:${words.split(',').map(wordPattern).join('|')})`;
  return literal(token);
}

function wordPattern(word: string): string {
  return word.replace(/\*+|\?|[^*?]/g, (part) =>
    part.startsWith('*') ? '[^/]*' : part === '?' ? '[^/]' : literal(part),
  );
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&').replace('\\-', '-');
}
