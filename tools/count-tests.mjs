// Adds up the test runner's closing lines in a log: `node tools/count-tests.mjs LOG FAILED_STEPS`; fails unless tests ran and all passed.

import { readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

const [log, failedSteps] = process.argv.slice(2);
const text = stripVTControlCharacters(readFileSync(log, 'utf8'));
const sum = (word) =>
  [...text.matchAll(/^\s*Tests\s+(.*)$/gm)]
    .flatMap(([, line]) => [...line.matchAll(new RegExp(`(\\d+) ${word}`, 'g'))])
    .reduce((total, [, count]) => total + Number(count), 0);

const passed = sum('passed');
const failed = sum('failed') + Number(failedSteps);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
