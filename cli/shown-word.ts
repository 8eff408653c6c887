// What may be shown of a word that stands where it makes no sense: it may be a value in the wrong place.

/** The word, but of `KEY=VALUE` the key alone. A path is shown as it is. */
export function shownWord(word: string): string {
  const [, key] = /^([-.\w]+=)./s.exec(word) ?? [];
  return key === undefined || /\.(?:ya?ml|json|pem|crt|key)$/i.test(word) ? word : `${key}…`;
}
