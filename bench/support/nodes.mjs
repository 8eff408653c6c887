// The Nodes that a controller is measured under: the one that runs the benchmarks, and the image's.
import { fileURLToPath } from 'node:url';
import { MissingPart, part } from '../../test/e2e/tools/build.mjs';
import { imageNode } from '../../test/e2e/tools/image.mjs';
import { outputOf } from './processes.mjs';

const openingFile = fileURLToPath(new URL('opening.mjs', import.meta.url));

/** @typedef {{ path: string, name: string }} Node the program, and what it is called in the table */

/**
 * Both, or the one where they are the same or npm cannot install the other.
 * @param {(line: string) => void} say
 * @returns {Promise<Node[]>}
 */
export async function nodes(say) {
  const { execPath: path, versions } = process;
  const image = `Node ${imageNode}, the image's`;
  if (versions.node === imageNode) return [{ path, name: image }];
  const own = { path, name: `Node ${versions.node}` };
  try {
    return [own, { path: await part('node', { say }), name: image }];
  } catch (error) {
    if (!(error instanceof MissingPart)) throw error;
    say(`not under the image's Node: ${error.message}`);
    return [own];
  }
}

/** How long one opening takes under a Node. @param {Node} node @returns {Promise<import('./opening.mjs').Opening>} */
export const openingUnder = async ({ path }) => JSON.parse(await outputOf([path, openingFile]));
