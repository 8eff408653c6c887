// How failures of VaultStaticSecrets end: what is tried again, and what waits for a person.

import { describe, expect, it } from 'vitest';
import { staticFailure } from '../../../../controller/reconcilers/vault/failure.ts';
import { assembleStatic } from '../../../../controller/stores/data/static/assemble.ts';
import { planAlone } from '../../../../controller/stores/data/static/transformation.ts';
import type { VaultStaticSecret } from '../../../../src/kube/vault-secrets.ts';
import { SecretBytes } from '../../../../src/redact.ts';

const object: VaultStaticSecret = {
  apiVersion: 'secrets.hashicorp.com/v1beta1',
  kind: 'VaultStaticSecret',
  metadata: { namespace: 'app', name: 'db', generation: 1 },
  spec: { mount: 'kv', path: 'db', type: 'kv-v1', destination: { name: 'db', create: true } },
};

/** How the first look ends when the secret is `value` and one template is `text`. */
async function failure(text: string, value = '{"user":"app"}') {
  const bytes = new SecretBytes(Buffer.from(value));
  try {
    const plan = await planAlone({ templates: { made: { text } } }, { namespace: 'app', name: 'shared' });
    assembleStatic({ bytes, raw: bytes, rules: 'vault' }, plan, { type: 'kv-v1', key: 'kv/db' });
  } catch (error) {
    const { verdict, result } = staticFailure(error, { object, stands: false, maxStalenessMs: 0, now: new Date(0) });
    return { ready: verdict.ready, reason: verdict.reason, beside: verdict.beside, next: result.next };
  }
  throw new Error('it did not fail');
}

describe('before the first success', () => {
  it('a template that asks for a key which is not there is tried again: it may come', async () => {
    const ends = { ready: 'False', reason: 'TemplateError', beside: 'Reconciling', next: 'retry' };
    expect(await failure('{{ .Secrets.password }}')).toEqual(ends);
    expect(await failure('{{ repeat 2000000 .Secrets.user }}')).toEqual(ends);
  });

  it('a name that no item can have is tried again: it may go', async () => {
    expect(await failure('', '{"a b":"1"}')).toEqual({
      ready: 'False',
      reason: 'Invalid',
      beside: 'Reconciling',
      next: 'retry',
    });
  });

  it('a template that cannot be read waits for a person', async () => {
    expect(await failure('{{ if }}')).toEqual({
      ready: 'False',
      reason: 'TemplateError',
      beside: 'Stalled',
      next: 'rest',
    });
    expect(await failure('{{ now }}')).toMatchObject({ beside: 'Stalled', next: 'rest' });
  });
});
