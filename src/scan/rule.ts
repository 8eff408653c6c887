// What a rule of the scan is: data, with the reason for it and what it must and must not find.

/** A rule that looks for a shape in text. */
export interface TextRule extends RuleTexts {
  /** Words of which one stands in everything that can match; what has none of them is not looked at. Case counts. */
  words: readonly string[];
  /**
   * With the flag `g`; the group `secret`, else the whole match, is the secret. It must take linear time on any text: every
   * repetition has an end.
   */
  pattern: RegExp;
  /** Whether what has the shape is the real thing. Default: unless it is made up (`isMadeUp`). */
  isReal?: (secret: string, match: RegExpMatchArray) => boolean;
  /** Files in which the shape means something, by name. Default: all. */
  files?: RegExp;
  /** Texts in which it finds one thing. Put together when asked for, so that no scanner takes our own files for a leak. */
  matches: () => readonly string[];
  /** Texts that look much like it, in which it finds nothing. */
  passes: () => readonly string[];
}

/** What is said of a rule. */
export interface RuleTexts {
  /** `SW3` and two digits. */
  code: string;
  severity: 'error' | 'warning';
  /** What it finds, with its article and in lower case but for names: `a GitHub token`. */
  title: string;
  /** What a finding says. Default: the title, and that it is in plain text. */
  says?: string;
  /** How it looks, in Markdown. */
  shape: string;
  /** What it opens, after *Whoever has it*. */
  opens: string;
  /** What to do about one that was published, as a sentence. */
  revoke: string;
}

/** One thing that was found in a text. */
export interface Leak {
  /** `SW3…`, or `SW101` for a plain Secret. */
  code: string;
  /** 1-based. */
  line: number;
  /** Where what was found ends, if that is another line. */
  lastLine?: number;
  /** One lower-case phrase; never the value or a part of it. */
  message: string;
  /** What to do about it. */
  hint: string;
}

/** A rule for a token whose shape gives it away wherever it stands. */
export function token(rule: Omit<TextRule, 'severity'> & Partial<Pick<TextRule, 'severity'>>): TextRule {
  return { severity: 'error', ...rule };
}
