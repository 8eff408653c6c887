// The door through which end-to-end suites reach a real moto, one for each file.
//
//   describeOnMoto('Secrets Manager', (aws) => {
//     it('…', async () => {
//       await aws().secrets('CreateSecret', { Name: 'db', SecretString: 'x' });
//     });
//   });
import { afterAll, beforeAll, describe, it } from 'vitest';
import { MissingPart, part } from '../tools/build.mjs';
import { type Moto, startMoto } from './moto.mjs';

export type { Moto };

// Asked for before the tests are collected: whether this machine can have it decides what there is to run.
const missing = await part('moto').then(
  () => undefined,
  (error: unknown) => {
    if (!(error instanceof MissingPart) || process.env.SEALWRIGHT_E2E === 'required') throw error;
    return error.message;
  },
);

/** A suite that needs moto. Where this machine cannot have it, it is one skipped test that says why. */
export function describeOnMoto(name: string, suite: (aws: () => Moto) => void): void {
  if (missing !== undefined) {
    it.skip(`${name} (skipped: ${missing})`, () => {});
    return;
  }
  describe(name, () => {
    let moto: Moto | undefined;
    beforeAll(async () => {
      moto = await startMoto();
    });
    afterAll(() => moto?.stop());
    suite(() => {
      if (!moto) throw new Error('moto runs only while tests do');
      return moto;
    });
  });
}
