// Text of others on the terminal: what a file or a cluster says must not look like what we say.

/** Text that can neither steer the terminal nor forge a second line, as a name out of a file or a cluster might. */
export function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced here
  return text.replace(/\r?\n\s*/g, ' ').replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '\ufffd');
}
