// Regular expressions of stores' selectors and rewrites: the very ones of templates, loaded with the first.

/** What compiles them. Rejects where the file cannot be loaded, which Node remembers for the life of the process. */
export const loadRe2 = () => import('../../src/template/re2.ts');
