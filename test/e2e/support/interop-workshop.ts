// A folder with key pairs, and both tools called in it: what the interop suites share.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generateKeyPair } from '../../../keys/generate.ts';
import { keySecret } from '../../../keys/storage.ts';
import { keySizes } from './interop-matrix.ts';
import { kubeseal } from './kubeseal.mjs';
import { type Result, run } from './program.mjs';

const program = fileURLToPath(new URL('../../../dist/seal.cjs', import.meta.url));

/** What both tools may be given for one call. */
export interface CallOptions {
  input?: string | Uint8Array;
  /** Added to an environment that says nothing of either tool. */
  env?: Record<string, string>;
  kubeconfig?: string;
  version?: '0.36.6' | '0.27.1';
  timeoutMs?: number;
}

/** A fresh folder; `remove` it at the end. */
export class Workshop {
  readonly folder = mkdtempSync(join(tmpdir(), 'sealwright-interop-'));

  /** The absolute path of `name` in the folder. */
  path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  /** Writes a certificate `BITS.crt`, a bare private key `BITS.pem` and a key Secret `BITS.json` for every key size. */
  async makeKeys(): Promise<void> {
    for (const bits of keySizes) {
      const pair = await generateKeyPair({ now: new Date(), bits });
      const secret = keySecret('kube-system', pair);
      writeFileSync(this.path(`${bits}.crt`), pair.certificate.pem);
      writeFileSync(this.path(`${bits}.pem`), Buffer.from(secret.data?.['tls.key'] ?? '', 'base64'));
      writeFileSync(this.path(`${bits}.json`), JSON.stringify(secret));
    }
  }

  /** The built `seal`, as its users run it. */
  seal(args: readonly string[], { input = '', env = {}, kubeconfig = devNull, timeoutMs = 30_000 }: CallOptions = {}) {
    const environment = { PATH: process.env.PATH, HOME: this.folder, KUBECONFIG: kubeconfig, ...env };
    return run(process.execPath, [program, ...args], { input, cwd: this.folder, timeoutMs, env: environment });
  }

  /** The real kubeseal, always with a time limit. */
  kubeseal(args: readonly string[], { env = {}, ...options }: CallOptions = {}): Promise<Result> {
    return kubeseal([...args], { ...options, cwd: this.folder, env });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** The standard output of a call that must have gone well without a word on standard error. */
export function quietly({ code, stdout, stderr, timedOut }: Result): string {
  if (code === 0 && stderr === '') return stdout;
  throw new Error(`${timedOut ? 'out of time' : `code ${code}`}: ${stderr}`);
}
