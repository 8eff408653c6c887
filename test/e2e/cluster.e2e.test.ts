// The real cluster itself: what it serves, that it takes everything under deploy/, and that the harness keeps its word.
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { createCredentials } from './support/credentials.mjs';
import {
  type Client,
  describeOnCluster,
  eventually,
  hostAddress,
  itBehindProxy,
  kubeseal,
  kubesealVersions,
  run,
  start,
} from './support/real.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const groupPath = '/apis/bitnami.com/v1alpha1';

/** A spec with every field of the kind, and the kinds of text that a careless server would change. */
const fullSpec = {
  encryptedData: { password: 'AgBy8hCi==\n', 'with.dots-and_dashes': 'AgA=', empty: '' },
  data: 'AgA=',
  template: {
    type: 'kubernetes.io/basic-auth',
    immutable: true,
    data: { 'config.yaml': 'password: {{ .password | quote }}\n' },
    metadata: {
      name: 'db',
      labels: { app: 'db' },
      annotations: { 'example.com/number': '007' },
      // kubeseal 0.27.1 writes it.
      creationTimestamp: null,
      finalizers: ['example.com/keep'],
      ownerReferences: [{ unknown: 'kept as it is' }],
    },
  },
};

function sealedSecret(name: string, spec: unknown = fullSpec) {
  return { apiVersion: 'bitnami.com/v1alpha1', kind: 'SealedSecret', metadata: { name }, spec };
}

async function create(cluster: Client, namespace: string, object: unknown) {
  return cluster.api('POST', `${groupPath}/namespaces/${namespace}/sealedsecrets`, { body: object });
}

describeOnCluster('the real cluster', (cluster) => {
  it('is the Kubernetes version that is pinned', async () => {
    expect((await cluster.api('GET', '/version')).body.gitVersion).toBe(cluster.version);
    const versions = JSON.parse(await cluster.kubectlOk(['version', '-o', 'json']));
    expect(versions.serverVersion.gitVersion).toBe('v1.36.3');
  });

  it('gives an account a token with exactly its rights', async () => {
    const namespace = await cluster.freshNamespace();
    await cluster.kubectlOk(['create', 'serviceaccount', 'reader', '-n', namespace]);
    await cluster.kubectlOk(['create', 'role', 'reader', '--verb=get,list', '--resource=configmaps', '-n', namespace]);
    const subject = `--serviceaccount=${namespace}:reader`;
    await cluster.kubectlOk(['create', 'rolebinding', 'reader', '--role=reader', subject, '-n', namespace]);
    const kubeconfig = await cluster.serviceAccountKubeconfig(namespace, 'reader');
    await eventually(() => cluster.kubectlOk(['get', 'configmaps', '-n', namespace], { kubeconfig }));
    const refused = await cluster.kubectl(['get', 'secrets', '-n', namespace], { kubeconfig });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`User "system:serviceaccount:${namespace}:reader" cannot list resource "secrets"`);
  });

  it('counts the calls of one user by verb', async () => {
    const namespace = await cluster.freshNamespace();
    await cluster.kubectlOk(['create', 'serviceaccount', 'caller', '-n', namespace]);
    const kubeconfig = await cluster.serviceAccountKubeconfig(namespace, 'caller');
    const from = cluster.auditPosition();
    const rawPath = `/api/v1/namespaces/${namespace}/secrets/db`;
    for (let i = 0; i < 3; i++) await cluster.kubectl(['get', '--raw', rawPath], { kubeconfig });
    const user = `system:serviceaccount:${namespace}:caller`;
    expect(await cluster.apiCalls({ from, user, userAgent: 'kubectl' })).toEqual([
      { verb: 'get', resource: 'secrets', user, userAgent: 'kubectl', code: 403, count: 3 },
    ]);
  });

  it('collects what a deleted SealedSecret owned, and ends namespaces', async () => {
    const namespace = await cluster.freshNamespace();
    const { body: owner } = await create(cluster, namespace, sealedSecret('db'));
    const reference = { apiVersion: owner.apiVersion, kind: owner.kind, name: 'db', uid: owner.metadata.uid };
    const secrets = `/api/v1/namespaces/${namespace}/secrets`;
    const secret = { metadata: { name: 'db', ownerReferences: [{ ...reference, controller: true }] } };
    expect((await cluster.api('POST', secrets, { body: secret })).status).toBe(201);
    await cluster.kubectlOk(['delete', 'sealedsecret', 'db', '-n', namespace]);
    await eventually(async () => (await cluster.api('GET', `${secrets}/db`)).status === 404);
    await cluster.kubectlOk(['delete', 'namespace', namespace, '--wait', '--timeout=30s']);
  });
});

describeOnCluster('the SealedSecret kind', (cluster) => {
  it('is accepted and structural', async () => {
    const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    const { body } = await cluster.api('GET', `${crds}/sealedsecrets.bitnami.com`);
    const conditions = Object.fromEntries(
      body.status.conditions.map((condition: { type: string; status: string }) => [condition.type, condition.status]),
    );
    expect(conditions).toEqual({ Established: 'True', NamesAccepted: 'True' });
  });

  it('returns the spec exactly as applied, and starts at observedGeneration -1', async () => {
    const namespace = await cluster.freshNamespace();
    const input = JSON.stringify(sealedSecret('db'));
    for (const how of ['create', 'apply --server-side']) {
      await cluster.kubectlOk([...how.split(' '), '-n', namespace, '-f', '-'], { input });
      const { body } = await cluster.api('GET', `${groupPath}/namespaces/${namespace}/sealedsecrets/db`);
      expect(body.spec).toEqual(fullSpec);
      expect(body.status).toEqual({ observedGeneration: -1 });
      expect(body.metadata.generation).toBe(1);
      await cluster.kubectlOk(['delete', 'sealedsecret', 'db', '-n', namespace]);
    }
  });

  it('takes what the real kubeseal makes, in every version we compare with', async () => {
    const namespace = await cluster.freshNamespace();
    const cert = join(cluster.folder, 'sealing.crt');
    // kubeseal wants an RSA certificate and does not ask what it is for.
    writeFileSync(cert, (await createCredentials()).serverCertificate);
    for (const version of kubesealVersions) {
      const name = `sealed-by-${version}`;
      const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData: { a: 'x' } };
      const sealed = await kubeseal(['--cert', cert, '-o', 'json'], { input: JSON.stringify(secret), version });
      expect(sealed).toMatchObject({ code: 0, stderr: '' });
      // Client-side apply would leave out the nulls that 0.27.1 writes.
      await cluster.kubectlOk(['apply', '--server-side', '-f', '-'], { input: sealed.stdout });
      const { body } = await cluster.api('GET', `${groupPath}/namespaces/${namespace}/sealedsecrets/${name}`);
      expect(body.spec).toEqual(JSON.parse(sealed.stdout).spec);
    }
  });

  it('refuses an item that is not text, and a spec without encryptedData', async () => {
    const namespace = await cluster.freshNamespace();
    const wrong = await create(cluster, namespace, sealedSecret('db', { encryptedData: { a: 1 } }));
    expect(wrong.status).toBe(422);
    expect(wrong.body.message).toContain('spec.encryptedData.a');
    expect((await create(cluster, namespace, sealedSecret('db', { template: {} }))).status).toBe(422);
  });

  it('shows Status, Synced and Ready from the conditions', async () => {
    const namespace = await cluster.freshNamespace();
    await create(cluster, namespace, sealedSecret('db'));
    const times = { lastTransitionTime: '2026-01-02T03:04:05Z', lastUpdateTime: '2026-01-02T03:04:05Z' };
    const condition = (type: string, status: string, message: string) => ({
      ...{ type, status, message, reason: 'Tested', observedGeneration: 1 },
      ...times,
    });
    const conditions = [condition('Synced', 'True', 'all is well'), condition('Ready', 'Unknown', '')];
    const status = {
      observedGeneration: 1,
      conditions,
      sealwright: { secret: { uid: 'u', resourceVersion: '1', later: true }, fingerprint: 'f', later: { kept: true } },
    };
    const path = `${groupPath}/namespaces/${namespace}/sealedsecrets/db/status`;
    const patched = await cluster.api('PATCH', path, { body: { status }, contentType: 'application/merge-patch+json' });
    expect(patched.body.status).toEqual(status);
    const table = await cluster.kubectlOk(['get', 'sealedsecrets', '-n', namespace]);
    expect(table).toMatch(/NAME +STATUS +SYNCED +READY +AGE\ndb +all is well +True +Unknown /);
  });
});

describeOnCluster('deploy/', (cluster) => {
  const account = 'system:serviceaccount:kube-system:sealwright';

  it('installs in one command, twice without a change', async () => {
    await cluster.applyDeploy('.');
    const again = await cluster.applyDeploy('.');
    expect(again.trim().split('\n').length).toBe(11);
    for (const line of again.trim().split('\n')) expect(line).toMatch(/ unchanged$/);
  });

  it('lets the controller do its work and nothing beside it', async () => {
    await cluster.applyDeploy('rbac/cluster.yaml');
    const may = [
      'list sealedsecrets.bitnami.com -A',
      'patch sealedsecrets.bitnami.com/status --subresource=status -n default',
      'delete secrets -n default',
      'create events -n default',
      'create leases.coordination.k8s.io -n kube-system',
      'update leases.coordination.k8s.io/sealwright -n kube-system',
      'patch configmaps/sealwright-certificate -n kube-system',
    ];
    const mayNot = [
      'update sealedsecrets.bitnami.com -n default',
      'delete sealedsecrets.bitnami.com -n default',
      'get configmaps -n default',
      'patch configmaps/kube-root-ca.crt -n kube-system',
      'update leases.coordination.k8s.io/kube-scheduler -n kube-system',
      'create leases.coordination.k8s.io -n default',
      'create serviceaccounts/sealwright --subresource=token -n kube-system',
      'list customresourcedefinitions.apiextensions.k8s.io',
      'list nodes',
      'create pods -n kube-system',
      'escalate clusterroles.rbac.authorization.k8s.io',
    ];
    // The API server notices rules a moment after they were made.
    await expect.poll(() => allowed(cluster, account, may)).toEqual(may);
    await expect.poll(() => allowed(cluster, account, mayNot)).toEqual([]);
  });

  it('can be limited to one namespace', async () => {
    const namespace = await cluster.freshNamespace('team');
    await cluster.applyDeploy('rbac/namespaced.yaml', { replace: { 'team-a': namespace } });
    const own = `system:serviceaccount:${namespace}:sealwright`;
    const may = [`create secrets -n ${namespace}`, `list sealedsecrets.bitnami.com -n ${namespace}`];
    const mayNot = ['get secrets -n default', 'list secrets -A', 'list sealedsecrets.bitnami.com -A'];
    expect(await allowed(cluster, own, may)).toEqual(may);
    expect(await allowed(cluster, own, mayNot)).toEqual([]);
  });

  itBehindProxy('lets kubeseal fetch the certificate, once somebody has named who may', async () => {
    await cluster.applyDeploy('rbac/service-proxier.yaml');
    await cluster.applyDeploy('services.yaml');
    const namespace = await cluster.freshNamespace('developers');
    await cluster.kubectlOk(['create', 'serviceaccount', 'developer', '-n', namespace]);
    const kubeconfig = await cluster.serviceAccountKubeconfig(namespace, 'developer');
    const server = await certificateServer(hostAddress() ?? '');
    const service = { namespace: 'kube-system', service: 'sealed-secrets-controller' };
    const undo = await cluster.serveBehind({ ...service, ...server });
    try {
      const refused = await kubeseal(['--fetch-cert'], { kubeconfig });
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('forbidden') });
      await bindProxier(cluster, `${namespace}:developer`);
      const fetched = await eventually(async () => {
        const result = await kubeseal(['--fetch-cert'], { kubeconfig });
        return result.code === 0 ? result : undefined;
      });
      expect(fetched.stdout).toBe(`${server.body}/v1/cert.pem\n`);
      const user = `system:serviceaccount:${namespace}:developer`;
      expect(await allowed(cluster, user, ['create services/sealed-secrets-controller --subresource=proxy'])).toEqual(
        [],
      );
    } finally {
      await undo();
      server.close();
    }
  });

  it('runs where only restricted pods may', async () => {
    const deployment = parse(readFileSync(join(root, 'deploy/deployment.yaml'), 'utf8'));
    const namespace = await cluster.freshNamespace('restricted');
    await cluster.kubectlOk(['label', 'namespace', namespace, 'pod-security.kubernetes.io/enforce=restricted']);
    await cluster.kubectlOk(['create', 'serviceaccount', 'sealwright', '-n', namespace]);
    const pod = { metadata: { name: 'sealwright' }, spec: deployment.spec.template.spec };
    const path = `/api/v1/namespaces/${namespace}/pods`;
    expect((await cluster.api('POST', path, { body: pod })).status).toBe(201);
    const careless = { metadata: { name: 'careless' }, spec: { ...pod.spec, securityContext: {} } };
    const refused = await cluster.api('POST', path, { body: careless });
    expect(refused.body.message).toContain('violates PodSecurity "restricted:latest"');
  });

  it('names the version of this package', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    const deployment = parse(readFileSync(join(root, 'deploy/deployment.yaml'), 'utf8'));
    expect(deployment.spec.template.spec.containers[0].image).toBe(`sealwright:${version}`);
  });
});

describeOnCluster('the harness', () => {
  it('ends a program that runs too long', async () => {
    expect(await run('sleep', ['60'], { timeoutMs: 100 })).toMatchObject({ code: null, timedOut: true });
  });

  it('says when a program cannot be started', async () => {
    await expect(start('/no/such/program', [])).rejects.toThrow('ENOENT');
    await expect(run('/no/such/program', [])).rejects.toThrow('ENOENT');
  });

  it('stops what it started when its user is killed', async () => {
    const module = JSON.stringify(new URL('./support/program.mjs', import.meta.url).href);
    const source = `import { start } from ${module};
      const { pid } = await start('sleep', ['600']);
      console.log(String(pid));
      setInterval(() => {}, 1000);`;
    const user = await start(process.execPath, ['--input-type=module', '--eval', source]);
    const pid = Number(await eventually(() => user.output().trim() || undefined));
    expect(pid).toBeGreaterThan(1);
    expect(isRunning(pid)).toBe(true);
    await user.stop('SIGKILL');
    await eventually(() => !isRunning(pid), { what: 'the end of the program' });
  });
});

/** Those of `questions` (`VERB RESOURCE[/NAME] [--flags]`, as for kubectl auth can-i) to which the answer is yes for this user. */
async function allowed(cluster: Client, user: string, questions: string[]): Promise<string[]> {
  const answers = await Promise.all(
    questions.map((question) => cluster.kubectl(['auth', 'can-i', '--quiet', '--as', user, ...question.split(' ')])),
  );
  return questions.filter((_, i) => answers[i]?.code === 0);
}

/** A server that answers any path with its own text and that path. */
async function certificateServer(address: string) {
  const body = 'certificate from ';
  const server = createServer((request, response) => response.end(`${body}${request.url}\n`));
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const { port } = server.address() as AddressInfo;
  return { address, port, body, close: () => server.close() };
}

/** As the file says that it is done. */
function bindProxier(cluster: Client, account: string) {
  const role = '--role=sealwright-service-proxier';
  const create = ['create', 'rolebinding', 'e2e-proxier', role, `--serviceaccount=${account}`];
  return cluster.kubectlOk([...create, '-n', 'kube-system']);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
