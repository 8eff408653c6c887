// How libyaml decides whether a text can be plain, quoted or a block (go-yaml 2.4's yaml_emitter_analyze_scalar).

export interface Analysis {
  isMultiline: boolean;
  mayBePlain: boolean;
  maySingleQuote: boolean;
  mayBlock: boolean;
}

/** libyaml's line breaks. */
export const isBreak = (character: string | undefined) =>
  character !== undefined && /^[\r\n\x85\u2028\u2029]$/.test(character);

/** libyaml's printable characters: none beyond U+FFFD. */
export function isPrintable(character: string): boolean {
  return /^[\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]$/.test(character);
}

const isBlankOrEnd = (character: string | undefined) =>
  character === undefined || character === ' ' || character === '\t';

/** What styles a text allows. `characters` are its code points. */
export function analyze(characters: readonly string[]): Analysis {
  if (characters.length === 0) return { isMultiline: false, mayBePlain: true, maySingleQuote: true, mayBlock: false };
  const text = characters.join('');
  const [first = '', last = ''] = [characters[0], characters.at(-1)];
  const isMultiline = characters.some(isBreak);
  const isSpecial = characters.some((one) => !isPrintable(one));
  const isSpacedInside = /[\r\n\x85\u2028\u2029] /.test(text);
  const isBrokenInside = / [\r\n\x85\u2028\u2029]/.test(text);
  const isEdged = first === ' ' || last === ' ' || isBreak(first) || isBreak(last);
  const hasBad = isSpecial || isBrokenInside;
  return {
    isMultiline,
    mayBePlain: !(isEdged || isSpacedInside || hasBad || isMultiline || hasIndicators(characters, text)),
    maySingleQuote: !(isSpacedInside || hasBad),
    mayBlock: !(last === ' ' || hasBad),
  };
}

/** Whether something in it would mean something in YAML outside of `[]` and `{}`. */
function hasIndicators(characters: readonly string[], text: string): boolean {
  if (/^(?:---|\.\.\.)/.test(text)) return true;
  return characters.some((character, at) => {
    const isFollowed = isBlankOrEnd(characters[at + 1]);
    if (at > 0) return (character === ':' && isFollowed) || (character === '#' && isBlankOrBreak(characters[at - 1]));
    return '#,[]{}&*!|>\'"%@`'.includes(character) || ('?:-'.includes(character) && isFollowed);
  });
}

const isBlankOrBreak = (character: string | undefined) =>
  isBlankOrEnd(character) || isBreak(character) || character === '\0';
