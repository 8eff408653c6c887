// The kinds of generators.external-secrets.io as External Secrets Operator 2.9 defines them: the one that we have.

import type { KubeObject } from './objects.ts';

/** generators.external-secrets.io/v1alpha1 Password. */
export interface PasswordGenerator extends KubeObject {
  spec: PasswordSpec;
}

export interface PasswordSpec {
  /** Default: 24. */
  length?: number;
  /** Default: a quarter of the length. */
  digits?: number;
  /** Default: a quarter of the length. */
  symbols?: number;
  /** Default: ~!@#$%^&*()_+`-={}|[]\:"<>?,./ */
  symbolCharacters?: string;
  /** Default: false. */
  noUpper?: boolean;
  /** Default: false. */
  allowRepeat?: boolean;
  /** Default: raw. */
  encoding?: 'raw' | 'base64' | 'base64url' | 'base32' | 'hex';
  /** Names of the values that are made. Default: password. */
  secretKeys?: string[];
}
