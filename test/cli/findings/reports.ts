// Reports for the tests of the formats: a plain one, and one that nobody should have to read.

import type { Report } from '../../../cli/findings/report.ts';

export const clean: Report = { findings: [], checked: { documents: 41, files: 12 }, strict: false };

export const plain: Report = {
  findings: [
    {
      code: 'SW101',
      severity: 'error',
      file: 'apps/base/api.yaml',
      line: 3,
      message: 'Secret api has plain values: token',
      hint: 'seal it: seal -i apps/base/api.yaml',
    },
    {
      code: 'SW102',
      severity: 'error',
      file: 'apps/staging/db.yaml',
      line: 9,
      message: 'password is no sealed value',
    },
    {
      code: 'SW102',
      severity: 'warning',
      file: 'apps/staging/db.yaml',
      line: 112,
      message: 'username was sealed 412 days ago',
      hint: 'seal reseal apps/staging/db.yaml',
    },
  ],
  checked: { documents: 41, files: 1 },
  strict: false,
};

/** Everything that some format gives a meaning to. */
const hostile = [
  '::error file=x,line=1::forged',
  'a,b:c%0A%d',
  'one\r\ntwo\nthree\rfour',
  '<![CDATA[ ]]> & "quotes" \'apostrophes\' <!-- -->',
  'controls \u0000\u0001\u0008\u000b\u000c\u001b[31m\u007f\u009b\ufffe\uffff',
  'lone \ud800 surrogates \udfff',
  'tab\tand space ',
  '../outside/#fragment?query&a=b [x] {y} \\back',
  'ünïcode 🔑 \u2028\u2029 \u202e',
  '__proto__',
];

export const hard: Report = {
  findings: hostile.flatMap((text, index) => [
    { code: 'SW101', severity: 'error', file: text, line: index + 1, message: text, hint: text },
    { code: 'SW102', severity: 'warning', file: text, line: 7, message: text },
    { code: 'SW102', severity: 'warning', file: text, line: 8, message: text },
  ]),
  checked: { documents: 1 },
  strict: false,
};
