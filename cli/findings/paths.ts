// Paths of findings as other programs want them: from the top of the repository, with `/`, never steering a terminal or a URI.

import type { Finding } from '../../src/repository/finding.ts';
import type { Report } from './report.ts';

/** The path of a finding's file in the repository. */
export function repositoryPath(file: string, { pathOf }: Pick<Report, 'pathOf'>): string {
  return (pathOf?.(file) ?? file).replace(/^(?:\.\/)+/, '');
}

/** Findings by what `nameOf` calls their file, in the order of the first of each. */
export function byFile(findings: readonly Finding[], nameOf: (file: string) => string): Map<string, Finding[]> {
  const files = new Map<string, Finding[]>();
  for (const finding of findings) {
    const name = nameOf(finding.file);
    const all = files.get(name);
    if (all) all.push(finding);
    else files.set(name, [finding]);
  }
  return files;
}

/** A path as a relative URI reference (RFC 3986 §4.2), every byte that is not allowed there percent-encoded. */
export function uriOf(path: string): string {
  // What is no Unicode text cannot be encoded, and stands for itself nowhere.
  const encoded = path.toWellFormed().split('/').map(encodeURIComponent).join('/');
  // Also what a URI reserves and encodeURIComponent lets be. A colon, which could end a scheme, it has encoded.
  return encoded.replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
}
