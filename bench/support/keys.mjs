// Sealing keys for benchmarks, and how long this machine takes for one opening.
import { generateKeyPair, webcrypto } from 'node:crypto';
import { promisify } from 'node:util';
import forge from 'node-forge';
import { elapsed, median } from './figures.mjs';

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

/**
 * One opening with RSA-4096 as the controller does it (WebCrypto, SHA-256, a label), in milliseconds: `alone` is the median
 * of one after another; `together` the time for each when two cores work as hard as the rest of the machine lets them.
 * @param {number} [samples]
 */
export async function openingMs(samples = 200) {
  const algorithm = { name: 'RSA-OAEP', hash: 'SHA-256', modulusLength: 4096, publicExponent: Uint8Array.of(1, 0, 1) };
  const { publicKey, privateKey } = await webcrypto.subtle.generateKey(algorithm, true, ['encrypt', 'decrypt']);
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', privateKey);
  const oaep = { name: 'RSA-OAEP', label: Buffer.from('shop/db') };
  const sealed = await webcrypto.subtle.encrypt(oaep, publicKey, new Uint8Array(32));
  /** @type {number[]} */
  const took = [];
  // An imported key opens one value at a time.
  const opener = async (/** @type {number} */ count) => {
    const key = await webcrypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['decrypt']);
    for (let i = 0; i < count; i++) {
      const startedAt = performance.now();
      await webcrypto.subtle.decrypt(oaep, key, sealed);
      took.push(elapsed(startedAt));
    }
  };
  await opener(samples);
  const alone = median(took);
  const startedAt = performance.now();
  await Promise.all([1, 2, 3, 4].map(() => opener(samples / 4)));
  return { alone, together: elapsed(startedAt) / samples };
}
