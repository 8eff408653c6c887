// Regular expressions of stores' selectors and rewrites: the very ones of templates.

export { compileRe2 } from '../../src/template/re2.ts';
