// The server's own certificates: a throwaway authority, the server's name on loopback, the administrator. Loads node-forge.

import { generateKeyPair, randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import { promisify } from 'node:util';

/** PEM texts made for one run of the server. */
export interface ServerCertificates {
  caPem: string;
  server: { certificatePem: string; keyPem: string };
  /** CN kubernetes-admin, O system:masters. */
  admin: { certificatePem: string; keyPem: string };
}

const validDays = 365;

type Subject = { name: string; value: string }[];

/** Makes fresh certificates; the keys never leave the process but for the administrator's in the kubeconfig. */
export async function makeCertificates(host: string, now: Date): Promise<ServerCertificates> {
  const { default: forge } = await import('node-forge');
  const [authority, server, admin] = await Promise.all([keyPair(), keyPair(), keyPair()]);
  const issuer = [{ name: 'commonName', value: 'sealwright embedded cluster' }];
  const issue = (subject: Subject, { publicKey }: KeyPair, extensions: object[]) => {
    const certificate = forge.pki.createCertificate();
    certificate.publicKey = forge.pki.publicKeyFromPem(publicKey);
    certificate.serialNumber = `01${randomBytes(12).toString('hex')}`;
    certificate.validity.notBefore = new Date(now.getTime() - 60_000);
    certificate.validity.notAfter = new Date(now.getTime() + validDays * 86_400_000);
    certificate.setSubject(subject);
    certificate.setIssuer(issuer);
    certificate.setExtensions(extensions);
    certificate.sign(forge.pki.privateKeyFromPem(authority.privateKey), forge.md.sha256.create());
    return forge.pki.certificateToPem(certificate);
  };
  const leaf = (subject: Subject, pair: KeyPair, extensions: object[]) => ({
    certificatePem: issue(subject, pair, [leafUsage, ...extensions]),
    keyPem: pair.privateKey,
  });
  return {
    caPem: issue(issuer, authority, [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ]),
    server: leaf([{ name: 'commonName', value: 'kube-apiserver' }], server, [
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: altNames(host) },
    ]),
    admin: leaf(
      [
        { name: 'organizationName', value: 'system:masters' },
        { name: 'commonName', value: 'kubernetes-admin' },
      ],
      admin,
      [{ name: 'extKeyUsage', clientAuth: true }],
    ),
  };
}

const leafUsage = { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true };

function altNames(host: string): object[] {
  const names = ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'];
  const addresses = ['127.0.0.1', '::1'];
  if (isIP(host) === 0) names.push(host);
  else addresses.push(host);
  return [
    ...[...new Set(names)].map((value) => ({ type: 2, value })),
    ...[...new Set(addresses)].map((ip) => ({ type: 7, ip })),
  ];
}

interface KeyPair {
  publicKey: string;
  privateKey: string;
}

// In the thread pool: three keys of this size would block the process for some hundred milliseconds.
const generate = promisify(generateKeyPair);

function keyPair(): Promise<KeyPair> {
  return generate('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
}
