// Findings as one JSON document.

import { jsonDocument } from '../json.ts';
import type { Report } from './report.ts';

/**
 * `{findings: [{code, severity, file, line, message, hint?}], summary: {errors, warnings, …}}`; what a command adds of its own
 * stands beside them. `summary` also counts what was looked at.
 */
export function jsonReport({ findings, checked, more }: Report): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const document = { findings, summary: { errors, warnings: findings.length - errors, ...checked }, ...more };
  return jsonDocument(document);
}
