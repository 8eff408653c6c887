// The version of this package, in one place that every bundle can read; `npm run verify` compares it with package.json.

/** As in package.json. */
export const version = '0.1.0';
