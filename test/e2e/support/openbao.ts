// The door through which end-to-end suites reach a real OpenBao of their own.
//
//   import { describeOnOpenBao } from './support/openbao.ts';
//
//   describeOnOpenBao('KV v2', (bao) => {
//     it('reads', async () => {
//       await bao().mountKv('secret', 2);
//       …
//     });
//   });
import { afterAll, beforeAll, describe, it } from 'vitest';
import { MissingPart, part } from '../tools/build.mjs';
import { type OpenBao, startOpenBao } from './openbao.mjs';

export type { OpenBao };

const missing = await part('bao').then(
  () => undefined,
  (error: unknown) => {
    if (!(error instanceof MissingPart) || process.env.SEALWRIGHT_E2E === 'required') throw error;
    return error.message;
  },
);

/** A suite with an OpenBao of its own. Where this machine cannot have one, it is one skipped test that says why. */
export function describeOnOpenBao(
  name: string,
  suite: (bao: () => OpenBao) => void,
  options?: Parameters<typeof startOpenBao>[0],
): void {
  if (missing !== undefined) {
    it.skip(`${name} (skipped: ${missing})`, () => {});
    return;
  }
  describe(name, () => {
    let bao: OpenBao;
    beforeAll(async () => {
      bao = await startOpenBao(options);
    });
    afterAll(() => bao?.stop());
    suite(() => bao);
  });
}
