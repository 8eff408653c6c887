// Secrets to seal, and sealing many of them at once with the program itself.
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { outputOf } from './processes.mjs';

/** A Secret with four values of the lengths that credentials have. @param {string} name @param {string} namespace */
export function secret(name, namespace) {
  const text = (/** @type {number} */ bytes) => randomBytes(bytes).toString('base64url');
  const stringData = { username: text(9), password: text(24), token: text(60), url: `postgres://db/${text(12)}` };
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData };
}

/** `count` Secrets. @param {number} count @param {string} namespace */
export function secrets(count, namespace) {
  return Array.from({ length: count }, (_, i) => secret(`db-${i}`, namespace));
}

/** As a person would have them in one file. @param {ReturnType<typeof secret>[]} all */
export function yamlStream(all) {
  return all.map(yaml).join('---\n');
}

/** @param {ReturnType<typeof secret>} one */
export function yaml({ metadata, stringData }) {
  const lines = Object.entries(stringData).map(([key, value]) => `  ${key}: "${value}"\n`);
  const place = `metadata:\n  name: ${metadata.name}\n  namespace: ${metadata.namespace}\n`;
  return `apiVersion: v1\nkind: Secret\n${place}stringData:\n${lines.join('')}`;
}

/**
 * The SealedSecrets of `all`, sealed by our program.
 * @param {ReturnType<typeof secret>[]} all
 * @param {{ program: string, folder: string, certificate: string, record?: boolean }} how `record` (default true): with seal records
 * @returns {Promise<any[]>}
 */
export async function sealed(all, { program, folder, certificate, record = true }) {
  const cert = join(folder, 'sealing.crt');
  await writeFile(cert, certificate);
  const flags = ['--cert', cert, ...(record ? [] : ['--no-record'])];
  const list = { apiVersion: 'v1', kind: 'List', items: all };
  return JSON.parse(await outputOf([process.execPath, program, ...flags], JSON.stringify(list))).items;
}
