// Checking a whole repository: 10,000 documents as files of a tree, and as one stream.
import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { mb, median, ms, times } from './support/figures.mjs';
import { makeKeyPair } from './support/keys.mjs';
import { peakMemory, timeCall } from './support/processes.mjs';

const aim = 4000;
const memoryAim = 300 * 1024 * 1024;

/** @type {import('./run.mjs').Benchmark} */
export async function check({ program, folder, quick }) {
  const count = quick ? 2000 : 10_000;
  const { certificate } = await makeKeyPair();
  const keyId = keyIdOf(certificate);
  const documents = [store, ...Array.from({ length: count - 1 }, (_, index) => document(index, keyId))];
  const tree = await writeRepository(join(folder, 'tree'), certificate, documents);
  const stream = await writeRepository(join(folder, 'stream'), certificate, [documents.join('---\n')]);
  return [
    ...row(`\`seal check\` of ${count} documents in as many files`, { program, count, cwd: tree, quick }),
    ...row(`\`seal check\` of ${count} documents in one file`, { program, count, cwd: stream, quick }),
  ];
}

/** @param {string} what @param {{ program: string, count: number, cwd: string, quick: boolean }} how */
function row(what, { program, count, cwd, quick }) {
  const rounds = quick ? 3 : 5;
  const took = Array.from({ length: rounds }, () => timeCall([process.execPath, program, 'check', cwd]));
  const perSecond = count / (median(took) / 1000);
  const peak = peakMemory([program, 'check', cwd]);
  return [
    {
      what: `${what}, median of ${rounds}`,
      ours: `${Math.round(perSecond)} documents/s (${ms(median(took))})`,
      reference: `${aim} documents/s (the aim)`,
      ratio: times(perSecond, aim),
      aim: `≥ ${aim} documents/s`,
    },
    { what: 'peak memory of that call', ours: mb(peak), reference: '', ratio: times(peak, memoryAim), aim: '< 300 MB' },
  ];
}

/** @param {string} folder @param {string} certificate @param {readonly string[]} files */
async function writeRepository(folder, certificate, files) {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'sealing.pem'), certificate);
  await writeFile(
    join(folder, '.sealwright.yaml'),
    `version: 1
clusters:
  production: {certificates: [sealing.pem]}
rules:
  - {path: 'apps/**', cluster: production, namespace: shop, policy: {requireRecord: true}}
`,
  );
  for (const [index, text] of files.entries()) {
    const path = join(folder, 'apps', `team-${index % 100}`, `document-${index}.yaml`);
    if (index < 100) await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  return folder;
}

/** @param {string} certificate */
function keyIdOf(certificate) {
  const key = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(key).digest('hex').slice(0, 32);
}

const store = `apiVersion: external-secrets.io/v1
kind: ClusterSecretStore
metadata:
  name: vault
spec:
  provider:
    vault:
      server: https://vault.example.com
      auth:
        kubernetes:
          mountPath: kubernetes
          role: shop
`;

/** What repositories are made of: more than half of it sealed. @param {number} index @param {string} keyId */
function document(index, keyId) {
  const kinds = [sealedSecret, sealedSecret, sealedSecret, externalSecret, deployment];
  return kinds[index % kinds.length](`thing-${index}`, keyId);
}

/** A value as RSA-4096 makes it: only its shape counts. */
function sealedValue() {
  return Buffer.concat([Buffer.from([2, 0]), randomBytes(512 + 16 + 24)]).toString('base64');
}

/** @param {string} name @param {string} keyId */
function sealedSecret(name, keyId) {
  const items = ['password', 'token', 'url', 'username'];
  const record = items.map((item) => `      ${item} ${keyId} shop/${name} ${today}\n`).join('');
  const values = items.map((item) => `    ${item}: ${sealedValue()}\n`).join('');
  return `apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata:
  name: ${name}
  namespace: shop
  annotations:
    sealwright.dev/sealed: |
${record}spec:
  encryptedData:
${values}  template:
    metadata:
      name: ${name}
      namespace: shop
`;
}

const today = new Date().toISOString().slice(0, 10);

/** @param {string} name */
function externalSecret(name) {
  return `# what the team calls ${name}
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: ${name}
  namespace: shop
spec:
  refreshInterval: 1h
  secretStoreRef:
    name: vault
    kind: ClusterSecretStore
  target:
    name: ${name}
  data:
    - secretKey: password
      remoteRef:
        key: shop/${name}
        property: password
`;
}

/** @param {string} name */
function deployment(name) {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  labels: {app: ${name}}
spec:
  replicas: 2
  selector:
    matchLabels: {app: ${name}}
  template:
    metadata:
      labels: {app: ${name}}
    spec:
      containers:
        - name: main
          image: "registry.example.com/${name}:1.4.2"
          args: ["--listen", ":8080"]
          env:
            - name: PASSWORD
              valueFrom:
                secretKeyRef: {name: ${name}, key: password}
          resources:
            limits: {cpu: 500m, memory: 128Mi}
`;
}
