// Certificates and keys for one throw-away cluster: its own authority, the API server's name, and two client identities.
import { generateKeyPair } from 'node:crypto';
import { promisify } from 'node:util';
import forge from 'node-forge';

const newKeyPair = promisify(generateKeyPair);
const dayMs = 24 * 3600 * 1000;

/**
 * @typedef {object} Credentials every member is PEM text
 * @property {string} authority certificate that signed the others
 * @property {string} serverCertificate for 127.0.0.1 and localhost
 * @property {string} serverKey
 * @property {string} adminCertificate user `admin` of the group system:masters
 * @property {string} managerCertificate user `system:kube-controller-manager` of the group system:masters: one identity for all its
 *   controllers instead of one service account each, which saves seconds of start-up
 * @property {string} clientKey of both client certificates
 * @property {string} serviceAccountKey signs service account tokens
 */

/** @returns {Promise<Credentials>} */
export async function createCredentials() {
  const [authorityKey, serverKey, clientKey, serviceAccountKey] = await Promise.all([1, 2, 3, 4].map(newKey));
  const authority = certificate({ commonName: 'e2e authority', key: authorityKey, issuer: undefined });
  const issuer = { certificate: authority, key: authorityKey };
  const issue = (options) => forge.pki.certificateToPem(certificate({ issuer, ...options }));
  const masters = { organization: 'system:masters', usage: 'clientAuth', key: clientKey };
  return {
    authority: forge.pki.certificateToPem(authority),
    serverCertificate: issue({ commonName: 'kube-apiserver', usage: 'serverAuth', key: serverKey }),
    serverKey,
    adminCertificate: issue({ ...masters, commonName: 'admin' }),
    managerCertificate: issue({ ...masters, commonName: 'system:kube-controller-manager' }),
    clientKey,
    serviceAccountKey,
  };
}

async function newKey() {
  const { privateKey } = await newKeyPair('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  return privateKey;
}

/** A certificate for one day; self-signed, and an authority, when there is no issuer. */
function certificate({ commonName, organization, usage, key, issuer }) {
  const own = forge.pki.privateKeyFromPem(key);
  const made = forge.pki.createCertificate();
  made.publicKey = forge.pki.setRsaPublicKey(own.n, own.e);
  made.serialNumber = `01${forge.util.bytesToHex(forge.random.getBytesSync(15))}`;
  made.validity.notBefore = new Date(Date.now() - dayMs / 24);
  made.validity.notAfter = new Date(Date.now() + dayMs);
  const subject = [{ name: 'commonName', value: commonName }];
  if (organization) subject.push({ name: 'organizationName', value: organization });
  made.setSubject(subject);
  made.setIssuer(issuer ? issuer.certificate.subject.attributes : subject);
  made.setExtensions(extensions(usage));
  made.sign(issuer ? forge.pki.privateKeyFromPem(issuer.key) : own, forge.md.sha256.create());
  return made;
}

function extensions(usage) {
  if (!usage) {
    return [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, critical: true },
    ];
  }
  const names = [
    { type: 2, value: 'localhost' },
    { type: 7, ip: '127.0.0.1' },
  ];
  return [
    { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
    { name: 'extKeyUsage', [usage]: true },
    ...(usage === 'serverAuth' ? [{ name: 'subjectAltName', altNames: names }] : []),
  ];
}
