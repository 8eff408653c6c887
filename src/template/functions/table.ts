// Everything a template may call, by name.

import { builtins } from '../builtins.ts';
import type { FunctionTable } from '../functions.ts';
import { caseFunctions } from './cases.ts';
import { cryptoFunctions } from './crypto.ts';
import { customCertFunctions } from './custom-cert.ts';
import { dateFunctions } from './dates.ts';
import { defaultFunctions } from './defaults.ts';
import { dictFunctions } from './dicts.ts';
import { encodingFunctions } from './encoding.ts';
import { hashFunctions } from './hashes.ts';
import { jwkFunctions } from './jwk.ts';
import { listFunctions } from './lists.ts';
import { numberFunctions } from './numbers.ts';
import { pathFunctions } from './paths.ts';
import { pemFunctions } from './pem.ts';
import { pkcs12Functions } from './pkcs12.ts';
import { regexFunctions } from './regex.ts';
import { rsaFunctions } from './rsa.ts';
import { semverFunctions } from './semver.ts';
import { stringFunctions } from './strings.ts';
import { typeFunctions } from './types.ts';
import { urlFunctions } from './urls.ts';
import { wrappingFunctions } from './wrapping.ts';
import { yamlFunctions } from './yaml.ts';

/** The functions of text/template, sprig and External Secrets that give the same every time. */
export const functionTable: FunctionTable = {
  ...builtins,
  ...stringFunctions,
  ...caseFunctions,
  ...wrappingFunctions,
  ...regexFunctions,
  ...hashFunctions,
  ...listFunctions,
  ...dictFunctions,
  ...numberFunctions,
  ...dateFunctions,
  ...defaultFunctions,
  ...typeFunctions,
  ...pathFunctions,
  ...encodingFunctions,
  ...yamlFunctions,
  ...semverFunctions,
  ...urlFunctions,
  ...cryptoFunctions,
  ...pemFunctions,
  ...jwkFunctions,
  ...pkcs12Functions,
  ...customCertFunctions,
  ...rsaFunctions,
};
