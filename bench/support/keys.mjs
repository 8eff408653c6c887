// Sealing keys for benchmarks.
import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import forge from 'node-forge';

const newKeyPair = promisify(generateKeyPair);
const dayMs = 24 * 3600 * 1000;
const label = 'sealedsecrets.bitnami.com/sealed-secrets-key';

/** @typedef {{ certificate: string, key: string }} KeyPair PEM: certificate and PKCS#1 private key */

/**
 * An RSA-4096 key pair whose certificate is `ageDays` old.
 * @param {number} [ageDays]
 * @returns {Promise<KeyPair>}
 */
export async function makeKeyPair(ageDays = 0) {
  const { privateKey } = await newKeyPair('rsa', {
    modulusLength: 4096,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const own = forge.pki.privateKeyFromPem(privateKey);
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.setRsaPublicKey(own.n, own.e);
  certificate.serialNumber = `01${forge.util.bytesToHex(forge.random.getBytesSync(15))}`;
  certificate.validity.notBefore = new Date(Date.now() - ageDays * dayMs - 60_000);
  certificate.validity.notAfter = new Date(Date.now() + 3650 * dayMs);
  certificate.sign(own, forge.md.sha256.create());
  return { certificate: forge.pki.certificateToPem(certificate), key: privateKey };
}

/** The Secret that keeps a key pair in the cluster. @param {KeyPair} pair @param {string} name */
export function keySecret({ certificate, key }, name) {
  const data = { 'tls.crt': base64(certificate), 'tls.key': base64(key) };
  return { metadata: { name, labels: { [label]: 'active' } }, type: 'kubernetes.io/tls', data };
}

const base64 = (/** @type {string} */ text) => Buffer.from(text).toString('base64');
