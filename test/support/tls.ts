// A certificate authority for tests, made when a test asks for it: no private key lies in the repository.

import { generateKeyPairSync } from 'node:crypto';
import forge from 'node-forge';

export interface KeyAndCert {
  cert: string;
  key: string;
}

/** An authority that signs certificates for 127.0.0.1 and for clients. */
export interface TestAuthority {
  cert: string;
  server(names?: { ip?: string; dns?: string }): KeyAndCert;
  client(commonName: string): KeyAndCert;
}

let serial = 1;

export function testAuthority(commonName = 'test authority'): TestAuthority {
  const root = makeKey();
  const cert = issue({ commonName, publicKey: root.publicKey, issuer: commonName, signer: root.privateKey }, [
    { name: 'basicConstraints', cA: true, critical: true },
    { name: 'keyUsage', keyCertSign: true, critical: true },
  ]);
  const leaf = (name: string, extensions: object[]): KeyAndCert => {
    const pair = makeKey();
    const signed = issue(
      { commonName: name, publicKey: pair.publicKey, issuer: commonName, signer: root.privateKey },
      extensions,
    );
    return { cert: signed, key: forge.pki.privateKeyToPem(pair.privateKey) };
  };
  return {
    cert,
    server({ ip = '127.0.0.1', dns } = {}) {
      const altNames = dns ? [{ type: 2, value: dns }] : [{ type: 7, ip }];
      return leaf(dns ?? ip, [{ name: 'subjectAltName', altNames }]);
    },
    client: (name) => leaf(name, [{ name: 'extKeyUsage', clientAuth: true }]),
  };
}

function makeKey() {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  return { privateKey: forge.pki.privateKeyFromPem(privateKey), publicKey: forge.pki.publicKeyFromPem(publicKey) };
}

function issue(
  {
    commonName,
    publicKey,
    issuer,
    signer,
  }: {
    commonName: string;
    publicKey: forge.pki.rsa.PublicKey;
    issuer: string;
    signer: forge.pki.rsa.PrivateKey;
  },
  extensions: object[],
): string {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = publicKey;
  certificate.serialNumber = (serial++).toString(16).padStart(4, '0');
  certificate.validity.notBefore = new Date(Date.now() - 3_600_000);
  certificate.validity.notAfter = new Date(Date.now() + 86_400_000);
  certificate.setSubject([{ name: 'commonName', value: commonName }]);
  certificate.setIssuer([{ name: 'commonName', value: issuer }]);
  certificate.setExtensions(extensions);
  certificate.sign(signer, forge.md.sha256.create());
  return forge.pki.certificateToPem(certificate);
}
