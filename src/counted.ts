// How many of something there are, as people say it.

/** `1 value`, `2 values`. */
export function counted(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`;
}
