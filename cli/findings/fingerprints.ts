// What tells a finding from all others, and is the same tomorrow: for services that follow findings from run to run.

import { createHash } from 'node:crypto';
import type { Finding } from '../../src/repository/finding.ts';
import { repositoryPath } from './paths.ts';
import type { Report } from './report.ts';

/**
 * A fingerprint for each finding, in order: 64 hex digits of SHA-256 over code, path, what is said, and how many have been
 * the same before. Lines are not in it, as they move; nor are numbers in what is said, as ages grow from day to day.
 */
export function fingerprints(report: Pick<Report, 'findings' | 'pathOf'>): string[] {
  const seen = new Map<string, number>();
  return report.findings.map((finding) => {
    const what = identityOf(finding, report);
    const before = seen.get(what) ?? 0;
    seen.set(what, before + 1);
    return createHash('sha256').update(`${what}\0${before}`).digest('hex');
  });
}

/** What a finding has in common with itself of another day, and with others that say the same of the same file. */
export function identityOf({ code, file, message }: Finding, report: Pick<Report, 'pathOf'> = {}): string {
  return [code, repositoryPath(file, report), message.replace(/\b\d+\b/g, '#')].join('\0');
}
