// A backtracking regular expression engine that counts its steps, so that a test can bound the work of a pattern without a clock.
// It knows what the scan's patterns use, and throws for anything else.

type Next = (at: number) => number | undefined;
type Matcher = (at: number, next: Next) => number | undefined;
type CharTest = (code: string) => boolean;

export interface Search {
  /** Where matches start and end, in order and without overlap, as `matchAll` finds them. */
  matches: [from: number, to: number][];
  steps: number;
}

/** All matches of a pattern, and how many characters and positions were tried for them. */
export function searchCounting(pattern: RegExp, text: string): Search {
  const counter = { steps: 0 };
  const match = compile(pattern, text, counter);
  const matches: Search['matches'] = [];
  for (let at = 0; at <= text.length; ) {
    counter.steps++;
    const end = match(at, (to) => to);
    if (end === undefined) at++;
    else {
      matches.push([at, end]);
      at = end > at ? end : at + 1;
    }
  }
  return { matches, steps: counter.steps };
}

function compile({ source, flags }: RegExp, text: string, counter: { steps: number }): Matcher {
  let at = 0;
  const isCaseless = flags.includes('i');
  const peek = (word: string) => source.startsWith(word, at);
  const eat = (word: string) => {
    const isThere = peek(word);
    if (isThere) at += word.length;
    return isThere;
  };

  function alternatives(): Matcher {
    const all = [sequence()];
    while (eat('|')) all.push(sequence());
    return (from, next) => {
      for (const one of all) {
        const end = one(from, next);
        if (end !== undefined) return end;
      }
      return undefined;
    };
  }

  function sequence(): Matcher {
    const parts: Matcher[] = [];
    while (at < source.length && !peek('|') && !peek(')')) parts.push(quantified());
    return parts.reduceRight<Matcher>(
      (rest, part) => (from, next) => part(from, (to) => rest(to, next)),
      (from, next) => next(from),
    );
  }

  function quantified(): Matcher {
    const { matcher, test } = atom();
    const [, min, comma, max] = /^\{(\d+)(,?)(\d*)\}/.exec(source.slice(at)) ?? [];
    let range: [number, number] | undefined;
    if (min !== undefined) {
      at += source.slice(at).indexOf('}') + 1;
      range = [Number(min), comma ? (max ? Number(max) : Number.POSITIVE_INFINITY) : Number(min)];
    } else if (eat('*')) range = [0, Number.POSITIVE_INFINITY];
    else if (eat('+')) range = [1, Number.POSITIVE_INFINITY];
    else if (eat('?')) range = [0, 1];
    if (!range) return matcher;
    const isLazy = eat('?');
    return test ? run(test, range, isLazy) : repeat(matcher, range, isLazy);
  }

  // Runs of one character class without recursion: they may be long.
  function run(test: CharTest, [min, max]: [number, number], isLazy: boolean): Matcher {
    return (from, next) => {
      const holds = (to: number) => {
        counter.steps++;
        return to < text.length && test(text.charAt(to));
      };
      let to = from;
      while (to - from < min) if (!holds(to++)) return undefined;
      if (isLazy) {
        for (;;) {
          const end = next(to);
          if (end !== undefined || to - from >= max || !holds(to++)) return end;
        }
      }
      while (to - from < max && holds(to)) to++;
      for (; to - from >= min; to--) {
        counter.steps++;
        const end = next(to);
        if (end !== undefined) return end;
      }
      return undefined;
    };
  }

  function repeat(matcher: Matcher, [min, max]: [number, number], isLazy: boolean): Matcher {
    const times =
      (count: number): Matcher =>
      (from, next) => {
        counter.steps++;
        const again = () => (count < max ? matcher(from, (to) => times(count + 1)(to, next)) : undefined);
        if (count < min) return again();
        return isLazy ? (next(from) ?? again()) : (again() ?? next(from));
      };
    return times(0);
  }

  function atom(): { matcher: Matcher; test?: CharTest } {
    if (eat('(')) return { matcher: group() };
    const isWord = (index: number) => /\w/.test(text.charAt(index));
    if (eat('^')) return assertion((to) => to === 0 || (flags.includes('m') && text[to - 1] === '\n'));
    if (eat('$')) return assertion((to) => to === text.length || (flags.includes('m') && text[to] === '\n'));
    if (eat('\\b')) return assertion((to) => isWord(to - 1) !== isWord(to));
    const test = characterTest();
    const matcher: Matcher = (from, next) => {
      counter.steps++;
      return from < text.length && test(text.charAt(from)) ? next(from + 1) : undefined;
    };
    return { matcher, test };
  }

  function assertion(holds: (at: number) => boolean): { matcher: Matcher } {
    return { matcher: (from, next) => (holds(from) ? next(from) : undefined) };
  }

  function group(): Matcher {
    if (eat('?=')) return look((inner) => (from) => inner(from, (to) => to) !== undefined);
    if (eat('?!')) return look((inner) => (from) => inner(from, (to) => to) === undefined);
    // Behind a position the patterns look at one character alone.
    if (eat('?<=')) return look((inner) => (from) => from > 0 && inner(from - 1, (to) => to) === from);
    if (eat('?<!')) return look((inner) => (from) => !(from > 0 && inner(from - 1, (to) => to) === from));
    const [head = ''] = /^\?(?::|<[A-Za-z]+>)/.exec(source.slice(at)) ?? [];
    at += head.length;
    const inner = alternatives();
    if (!eat(')')) throw new Error(`no end of a group in ${source}`);
    return inner;
  }

  function look(of: (inner: Matcher) => (from: number) => boolean): Matcher {
    const holds = of(alternatives());
    if (!eat(')')) throw new Error(`no end of a group in ${source}`);
    return (from, next) => (holds(from) ? next(from) : undefined);
  }

  // One character or class, left to the real engine: it takes one step.
  function characterTest(): CharTest {
    const [word] =
      /^(?:\[(?:\\.|[^\]\\])*\]|\\(?:x[0-9a-f]{2}|[dDwWsS]|[^a-zA-Z0-9]|[nrtx])|[^\\[\](){}*+?^$|])/.exec(
        source.slice(at),
      ) ?? [];
    if (word === undefined) throw new Error(`${source.slice(at, at + 10)} is not known`);
    at += word.length;
    const one = new RegExp(`^${word}$`, isCaseless ? 'is' : 's');
    const known = new Map<string, boolean>();
    return (character) => {
      const answer = known.get(character) ?? one.test(character);
      known.set(character, answer);
      return answer;
    };
  }

  const whole = alternatives();
  if (at !== source.length) throw new Error(`${source.slice(at, at + 10)} is not known`);
  return whole;
}
