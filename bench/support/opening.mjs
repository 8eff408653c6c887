// How long this machine takes for one opening, under the Node that runs this: `node bench/support/opening.mjs [samples]` prints JSON.
import { webcrypto } from 'node:crypto';
import { elapsed, median } from './figures.mjs';

/**
 * One opening with RSA-4096 as the controller does it (WebCrypto, SHA-256, a label), in milliseconds: `alone` is the median
 * of one after another; `together` the time for each when two cores work as hard as the rest of the machine lets them.
 * @typedef {{ alone: number, together: number }} Opening
 */

/** @param {number} samples @returns {Promise<Opening>} */
async function opening(samples) {
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

console.log(JSON.stringify(await opening(Number(process.argv[2] ?? 200))));
