// `seal kubeseal --validate` and `--re-encrypt` against our controller and against one that answers as Sealed Secrets does.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { KeyRegistry } from '../../keys/registry.ts';
import type { SealedSecret } from '../../src/kube/objects.ts';
import { sealSecret } from '../../src/seal/seal.ts';
import { openItems } from '../../src/seal/unseal.ts';
import { online, type SealingCluster, sealingCluster } from './sealing-cluster.ts';

describe.each(['ours', 'reference'] as const)('a controller as %s', (kind) => {
  let at: SealingCluster;
  beforeAll(async () => {
    at = await sealingCluster(kind);
  });
  afterAll(() => at.close());

  const kubeseal = (argv: string[], stdin = '') =>
    at.folder.seal(['kubeseal', ...argv, '--kubeconfig', 'kubeconfig'], { ...online, stdin });

  async function sealed(name: string, record = false): Promise<SealedSecret> {
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace: 'shop', labels: { a: 'b' } },
    } as const;
    const { certificate } = at.old;
    return sealSecret(
      { ...secret, stringData: { user: 'admin', password: 's3cret' } },
      { certificate, now: new Date(), record },
    );
  }

  async function opened(object: SealedSecret): Promise<Record<string, string>> {
    const { values } = await openItems(object, { opener: new KeyRegistry([at.newest]) });
    return Object.fromEntries([...values].map(([item, value]) => [item, Buffer.from(value.reveal()).toString()]));
  }

  const plain = { user: 'admin', password: 's3cret' };

  test('--validate says nothing where all open, and names the first that does not', async () => {
    const good = stringify(await sealed('db'));
    expect(await kubeseal(['--validate'], `${good}---\n${good}`)).toEqual({ code: 0, stdout: '', stderr: '' });
    const moved = good.replace('name: db', 'name: moved');
    const outcome = await kubeseal(['--validate', '-o', 'nonsense'], `${good}---\n${moved}`);
    expect(outcome).toEqual({ code: 1, stdout: '', stderr: 'error: unable to decrypt sealed secret: moved\n' });
    expect((await kubeseal(['--validate'], 'kind: Secret\napiVersion: v1\n')).code).toBe(1);
  });

  test('--re-encrypt prints JSON, or YAML where it is asked for, with all that was there', async () => {
    const object = await sealed('db');
    for (const argv of [[], ['-o', 'yaml']]) {
      const { code, stdout } = await kubeseal(['--re-encrypt', ...argv], stringify(object));
      expect(code).toBe(0);
      expect(stdout.startsWith(argv.length > 0 ? '---\n' : '{\n')).toBe(true);
      const answer = parse(stdout) as SealedSecret;
      expect(await opened(answer)).toEqual(plain);
      expect(answer.spec.template).toEqual(object.spec.template);
    }
  });

  test('--re-encrypt -f changes values alone in that file, and -w writes another', async () => {
    const object = await sealed('db', true);
    const text = `# ours\n${stringify(object)}`.replaceAll('\n', '\r\n');
    writeFileSync(join(at.folder.path, 'db.yaml'), text);
    expect(await kubeseal(['--re-encrypt', '-f', 'db.yaml', '-w', 'new.yaml'])).toMatchObject({ code: 0, stdout: '' });
    expect(readFileSync(join(at.folder.path, 'db.yaml'), 'utf8')).toBe(text);
    expect(await opened(parse(readFileSync(join(at.folder.path, 'new.yaml'), 'utf8')))).toEqual(plain);
    expect(await kubeseal(['--rotate', '-f', 'db.yaml'])).toMatchObject({ code: 0, stdout: '' });
    const after = readFileSync(join(at.folder.path, 'db.yaml'), 'utf8');
    expect(after.startsWith('# ours\r\n')).toBe(true);
    expect(await opened(parse(after))).toEqual(plain);
    // Lines about values that are no longer there would be wrong.
    expect((parse(after) as SealedSecret).metadata.annotations?.['sealwright.dev/sealed']).toBeUndefined();
  });

  test('--re-encrypt of what does not open changes and prints nothing', async () => {
    const text = stringify(await sealed('db')).replace('name: db', 'name: moved');
    writeFileSync(join(at.folder.path, 'moved.yaml'), text);
    const { code, stdout, stderr } = await kubeseal(['--re-encrypt', '-f', 'moved.yaml']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^error: unable to rotate secret: moved\nhint: /);
    expect(readFileSync(join(at.folder.path, 'moved.yaml'), 'utf8')).toBe(text);
  });
});
