// The server's own certificates: a throwaway authority, the server's name on loopback, the administrator. Loads node-forge.

/** PEM texts made for one run of the server. */
export interface ServerCertificates {
  caPem: string;
  server: { certificatePem: string; keyPem: string };
  /** CN kubernetes-admin, O system:masters. */
  admin: { certificatePem: string; keyPem: string };
}

const validDays = 365;

/** Makes fresh certificates; the keys never leave the process but for the administrator's in the kubeconfig. */
export async function makeCertificates(host: string, now: Date): Promise<ServerCertificates> {
  const { default: forge } = await import('node-forge');
  const { generateKeyPairSync, randomBytes } = await import('node:crypto');
  const keyPair = () =>
    generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
  const authority = keyPair();
  const issuer = [{ name: 'commonName', value: 'sealwright embedded cluster' }];
  const issue = (subject: { name: string; value: string }[], publicKey: string, extensions: object[]) => {
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
  const leaf = (subject: { name: string; value: string }[], extensions: object[]) => {
    const { publicKey, privateKey } = keyPair();
    const usage = { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true };
    return { certificatePem: issue(subject, publicKey, [usage, ...extensions]), keyPem: privateKey };
  };
  const names = [
    ...['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'].map((value) => ({ type: 2, value })),
    ...[...new Set(['127.0.0.1', '::1', host])].filter((ip) => ip !== 'localhost').map((ip) => ({ type: 7, ip })),
  ];
  return {
    caPem: issue(issuer, authority.publicKey, [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ]),
    server: leaf(
      [{ name: 'commonName', value: 'kube-apiserver' }],
      [
        { name: 'extKeyUsage', serverAuth: true },
        { name: 'subjectAltName', altNames: names },
      ],
    ),
    admin: leaf(
      [
        { name: 'organizationName', value: 'system:masters' },
        { name: 'commonName', value: 'kubernetes-admin' },
      ],
      [{ name: 'extKeyUsage', clientAuth: true }],
    ),
  };
}
