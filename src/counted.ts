// How many of something there are, as people say it.

/** `1 value`, `2 values`. `many` where the word takes more than an s: `2 entries`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
