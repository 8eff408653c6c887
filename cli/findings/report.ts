// What a checking command has to say: one shape for check, scan and matrix.

import type { Finding } from '../../src/repository/finding.ts';

/** What was found. */
export interface Report {
  /** As in `sortFindings`. */
  findings: readonly Finding[];
  /** How many of what was looked at, by its plural: `{documents: 41, files: 12}`. */
  checked: Readonly<Record<string, number>>;
  /** Whether warnings fail as well. */
  strict: boolean;
  /** The path from the top of the Git work tree to a file of a finding. Default: the file as it is. */
  pathOf?: ((file: string) => string) | undefined;
  /** Further lines for people, below the findings. */
  notes?: readonly string[];
  /** Further members of the JSON document. */
  more?: Readonly<Record<string, unknown>>;
}

/** How text may look. */
export interface ReportStyle {
  /** With colours. Default: without. */
  colour?: boolean;
}

/** Whether a finding fails the check. */
export function fails({ severity }: Finding, { strict }: Pick<Report, 'strict'>): boolean {
  return severity === 'error' || strict;
}
