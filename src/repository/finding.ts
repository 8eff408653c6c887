// What a check of a repository finds: one shape for every family of checks, and what is said of each kind in the documents.

/** An error fails the check; a warning does so with `--strict` alone. */
export type Severity = 'error' | 'warning';

/** One thing that was found. */
export interface Finding {
  /** `SW` and three digits, stable. Each has a page in `docs/findings`. */
  code: string;
  severity: Severity;
  /** Path as people know it: relative to the working folder, or as they gave it. */
  file: string;
  /** 1-based. */
  line: number;
  /** One lower-case phrase that says what and why, and never shows a value. */
  message: string;
  /** The command or change that mends it. */
  hint?: string;
}

/** A kind of finding: what every one of them has in common, and its page. Texts are Markdown. */
export interface FindingKind {
  code: string;
  severity: Severity;
  /** A lower-case phrase without a full stop. */
  title: string;
  /** What it looks like in a file. */
  what: string;
  /** What happens if it stays. */
  why: string;
  /** How it is mended, with the command. */
  mend: string;
}

/** A table of kinds: the names are for our own code alone. */
export type FindingKinds = Readonly<Record<string, FindingKind>>;

/** What one finding says beside its kind. */
export type FindingDetails = Pick<Finding, 'file' | 'line' | 'message' | 'hint'>;

/** A finding of a kind. */
export function findingOf(
  { code, severity }: Pick<FindingKind, 'code' | 'severity'>,
  details: FindingDetails,
): Finding {
  return { code, severity, ...details };
}

/** In the order in which people read: by file, line, then code. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  return [...findings].sort(
    (a, b) => compare(a.file, b.file) || a.line - b.line || compare(a.code, b.code) || compare(a.message, b.message),
  );
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
