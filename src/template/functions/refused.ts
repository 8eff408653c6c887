// Functions of the reference that a template may not have here: each with what to do instead.

import type { RefusedTable } from '../functions.ts';

const impure =
  'a template must give the same Secret every time; put the value into encryptedData, or into the store, instead';
const outside =
  'templates see nothing but their own data; put the value into encryptedData, or into the store, instead';
const clock = 'a template must give the same Secret every time; put the date into the data as text';

/** Functions that read the environment, the network or the clock, or draw random numbers or keys. */
export const refusedFunctions: RefusedTable = {
  env: outside,
  expandenv: outside,
  getHostByName: outside,
  getSecretKey: outside,
  now: clock,
  ago: clock,
  randAlphaNum: impure,
  randAlpha: impure,
  randAscii: impure,
  randNumeric: impure,
  randBytes: impure,
  randInt: impure,
  shuffle: impure,
  uuidv4: impure,
  genPrivateKey: impure,
  genCA: impure,
  genCAWithKey: impure,
  genSelfSignedCert: impure,
  genSelfSignedCertWithKey: impure,
  genSignedCert: impure,
  genSignedCertWithKey: impure,
};
