// The same through the real kubectl, as people use it.

import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { configMap, expectDone, gadget, type Lab, secret } from '../lab.ts';

function missingKubectl(): string | undefined {
  try {
    execFileSync('kubectl', ['version', '--client'], { stdio: 'ignore' });
    return undefined;
  } catch {
    if (process.env.SEALWRIGHT_E2E === 'required') throw new Error('kubectl is required and not there');
    return 'kubectl is not installed';
  }
}

interface Outcome {
  code: number;
  out: string;
  err: string;
}

export function kubectlCases(lab: () => Lab): void {
  const missing = missingKubectl();
  const test = missing ? (name: string, _run: unknown) => it.skip(`${name} (${missing})`, () => {}) : it;

  const run = (namespace: string, args: string[], input = '', env: Record<string, string> = {}): Promise<Outcome> =>
    new Promise((resolve) => {
      const all = ['--kubeconfig', lab().connection.kubeconfigPath, '-n', namespace, ...args];
      const environment = { ...process.env, KUBECACHEDIR: `${lab().connection.kubeconfigPath}.cache`, ...env };
      const child = execFile('kubectl', all, { env: environment }, (error, out, err) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, out, err }),
      );
      child.stdin?.end(input);
    });
  const ok = async (
    namespace: string,
    args: string[],
    input = '',
    env: Record<string, string> = {},
  ): Promise<string> => {
    const { code, out, err } = await run(namespace, args, input, env);
    expect(code, `kubectl ${args.join(' ')}: ${err}`).toBe(0);
    return out;
  };

  test('kubectl creates, shows and deletes a Secret', async () => {
    const ns = await lab().namespace();
    expect(await ok(ns, ['create', 'secret', 'generic', 'db', '--from-literal=user=admin'])).toBe(
      'secret/db created\n',
    );
    expect(await ok(ns, ['get', 'secret', 'db', '-o', 'jsonpath={.data.user}'])).toBe('YWRtaW4=');
    expect(await ok(ns, ['get', 'secrets'])).toMatch(/^NAME +TYPE +DATA +AGE\ndb +Opaque +1 +\d+s\n$/);
    expect(await ok(ns, ['get', 'secret', 'db', '-o', 'yaml'])).toMatch(
      /^apiVersion: v1\ndata:\n {2}user: YWRtaW4=\nkind: Secret/,
    );
    expect(await ok(ns, ['describe', 'secret', 'db'])).toMatch(/user: +5 bytes/);
    expect(await ok(ns, ['delete', 'secret', 'db'])).toMatch(/secret "db" deleted/);
    expect((await run(ns, ['get', 'secret', 'db'])).err).toBe('Error from server (NotFound): secrets "db" not found\n');
  });

  test('kubectl get -A, -l and --field-selector choose', async () => {
    const ns = await lab().namespace();
    await ok(ns, ['create', 'configmap', 'one']);
    await ok(ns, ['create', 'configmap', 'two']);
    expect(await ok(ns, ['label', 'configmap', 'one', `mark=${ns}`])).toBe('configmap/one labeled\n');
    expect(await ok(ns, ['get', 'cm', '-A', '-l', `mark=${ns}`, '-o', 'name'])).toBe('configmap/one\n');
    expect(await ok(ns, ['get', 'cm', '--field-selector', 'metadata.name=two', '-o', 'name'])).toBe('configmap/two\n');
    expect(await ok(ns, ['get', 'cm', 'one', '-o', 'wide', '--show-labels'])).toMatch(new RegExp(`mark=${ns}`));
  });

  test('kubectl apply creates, changes and leaves alone', async () => {
    const ns = await lab().namespace();
    const apply = (data: Record<string, string>, ...more: string[]) =>
      ok(ns, ['apply', ...more, '-f', '-'], JSON.stringify(configMap('a', data)));
    expect(await apply({ a: '1', b: '2' })).toBe('configmap/a created\n');
    expect(await apply({ a: '1', b: '2' })).toBe('configmap/a unchanged\n');
    expect(await apply({ a: '9' }, '--dry-run=server')).toBe('configmap/a configured (server dry run)\n');
    expect(await apply({ a: '9' })).toBe('configmap/a configured\n');
    expect(await ok(ns, ['get', 'cm', 'a', '-o', 'jsonpath={.data}'])).toBe('{"a":"9"}');
  });

  test('kubectl apply of a custom object changes what the manifest says', async () => {
    const ns = await lab().namespace();
    const apply = (spec: object) => ok(ns, ['apply', '-f', '-'], JSON.stringify(gadget('g', spec)));
    expect(await apply({ size: 1, tags: ['x'] })).toBe('gadget.conformance.sealwright.dev/g created\n');
    expect(await apply({ size: 2 })).toBe('gadget.conformance.sealwright.dev/g configured\n');
    expect(await ok(ns, ['get', 'gd', 'g', '-o', 'jsonpath={.spec}'])).toBe('{"color":"red","size":2}');
    expect(await ok(ns, ['get', 'gd'])).toMatch(/^NAME +SIZE +AGE\ng +2 +\d+s\n$/);
    const strict = await run(ns, ['apply', '-f', '-'], JSON.stringify(gadget('h', { size: 1, oops: 1 })));
    expect(strict.err).toMatch(/strict decoding error: unknown field "spec\.oops"/);
  });

  test('kubectl apply --server-side names the conflict, and forces', async () => {
    const ns = await lab().namespace();
    expectDone(await lab().apply(`/api/v1/namespaces/${ns}/configmaps/a`, 'other', configMap('a')), 201);
    const manifest = JSON.stringify(configMap('a', { a: '2' }));
    const refused = await run(ns, ['apply', '--server-side', '-f', '-'], manifest);
    expect(refused.err).toMatch(/Apply failed with 1 conflict: conflict with "other": \.data\.a/);
    const forced = await ok(ns, ['apply', '--server-side', '--force-conflicts', '-f', '-'], manifest);
    expect(forced).toBe('configmap/a serverside-applied\n');
  });

  test('kubectl edit, annotate and patch change an object', async () => {
    const ns = await lab().namespace();
    await ok(ns, ['create', 'configmap', 'a', '--from-literal=x=1']);
    const folder = await mkdtemp(join(tmpdir(), 'sealwright-editor-'));
    const editor = join(folder, 'editor');
    await writeFile(editor, '#!/bin/sh\nsed -i \'s/x: "1"/x: "2"/\' "$1"\n', { mode: 0o700 });
    expect(await ok(ns, ['edit', 'configmap', 'a'], '', { KUBE_EDITOR: editor })).toBe('configmap/a edited\n');
    await rm(folder, { recursive: true });
    expect(await ok(ns, ['annotate', 'configmap', 'a', 'note=hello'])).toBe('configmap/a annotated\n');
    await ok(ns, ['patch', 'configmap', 'a', '-p', '{"data":{"y":"1"}}']);
    await ok(ns, ['patch', 'configmap', 'a', '--type=json', '-p', '[{"op":"add","path":"/data/z","value":"1"}]']);
    await ok(ns, ['patch', 'configmap', 'a', '--type=merge', '-p', '{"data":{"y":null}}']);
    expect(await ok(ns, ['get', 'cm', 'a', '-o', 'jsonpath={.data} {.metadata.annotations.note}'])).toBe(
      '{"x":"2","z":"1"} hello',
    );
  });

  test('kubectl wait sees conditions, values and deletion', async () => {
    const path = await lab().gadgets();
    const ns = path.split('/')[5] ?? '';
    expectDone(await lab().post(path, gadget('g')), 201);
    const waiting = ok(ns, ['wait', 'gadget/g', '--for=jsonpath={.status.phase}=Ready', '--timeout=15s']);
    expectDone(
      await lab().patch(`${path}/g/status`, 'application/merge-patch+json', { status: { phase: 'Ready' } }),
      200,
    );
    expect(await waiting).toMatch(/condition met/);
    const crd = 'crd/gadgets.conformance.sealwright.dev';
    expect(await ok(ns, ['wait', crd, '--for=condition=Established', '--timeout=15s'])).toMatch(/condition met/);
    const gone = ok(ns, ['wait', 'gadget/g', '--for=delete', '--timeout=15s']);
    await ok(ns, ['delete', 'gadget', 'g']);
    await gone;
  });

  test('kubectl get -w follows changes', async () => {
    const path = await lab().secrets();
    const ns = path.split('/')[4] ?? '';
    const args = ['--kubeconfig', lab().connection.kubeconfigPath, '-n', ns, 'get', 'secrets', '-w'];
    const child = spawn('kubectl', args, { stdio: ['ignore', 'pipe', 'ignore'] });
    let out = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    expectDone(await lab().post(path, secret('a', { x: 'MQ==' })), 201);
    await lab().until(async () => /a +Opaque +1/.test(out));
    expectDone(await lab().patch(`${path}/a`, 'application/merge-patch+json', { data: { y: 'MQ==' } }), 200);
    await lab().until(async () => /a +Opaque +2/.test(out));
    child.kill();
  });

  test('kubectl learns what there is', async () => {
    const ns = await lab().namespace();
    expect(await ok(ns, ['api-resources', '--api-group=conformance.sealwright.dev'])).toMatch(
      /gadgets +gd +conformance\.sealwright\.dev\/v1 +true +Gadget/,
    );
    expect(await ok(ns, ['api-versions'])).toMatch(/^conformance\.sealwright\.dev\/v1$/m);
    expect(await ok(ns, ['version'])).toMatch(/Server Version: v1\.36\./);
    expect(await ok(ns, ['explain', 'gadget.spec.size'])).toMatch(/FIELD: size <integer>/);
  });

  test('kubectl makes and applies what a list holds, and names a kind that is not there', async () => {
    const ns = await lab().namespace();
    const list = { apiVersion: 'v1', kind: 'List', items: [configMap('a'), gadget('b')] };
    const made = `configmap/a created\ngadget.conformance.sealwright.dev/b created\n`;
    expect(await ok(ns, ['create', '-f', '-'], JSON.stringify(list))).toBe(made);
    expect(await ok(ns, ['apply', '--server-side', '-f', '-'], JSON.stringify(list))).toMatch(/^configmap\/a server/);
    const wrong = { ...list, items: [{ ...configMap('c'), dat: {} }] };
    const refused = await run(ns, ['create', '-f', '-'], JSON.stringify(wrong));
    expect(refused.err).toMatch(/unknown field "dat"/);
    const strange = { apiVersion: 'example.com/v1', kind: 'Strange', metadata: { name: 'a' } };
    const unknown = await run(ns, ['create', '-f', '-'], JSON.stringify(strange));
    expect(unknown.err).toMatch(/no matches for kind "Strange" in version "example.com\/v1"/);
  });

  test('kubectl knows who it is and what it may', async () => {
    const ns = await lab().namespace();
    expect(await ok(ns, ['auth', 'whoami', '-o', 'jsonpath={.status.userInfo.groups}'])).toMatch(/system:masters/);
    expect(await ok(ns, ['auth', 'can-i', 'create', 'secrets'])).toBe('yes\n');
    await ok(ns, ['create', 'serviceaccount', 'robot']);
    expect(await ok(ns, ['create', 'token', 'robot'])).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    const denied = await run(ns, ['auth', 'can-i', 'get', 'secrets', '--as', `system:serviceaccount:${ns}:robot`]);
    expect(denied.out).toBe('no\n');
  });

  test('kubectl makes and ends a namespace', async () => {
    const ns = `${await lab().namespace()}-more`;
    expect(await ok('default', ['create', 'namespace', ns])).toBe(`namespace/${ns} created\n`);
    expect(await ok('default', ['describe', 'namespace', ns])).toMatch(/Status: +Active/);
    expect(await ok('default', ['delete', 'namespace', ns, '--wait'])).toMatch(/deleted/);
    expect((await lab().get(`/api/v1/namespaces/${ns}`)).status).toBe(404);
  });
}
