// What runs in the image, as deploy/Dockerfile says: which Node, in which environment, with which flags, which program.
import { readFileSync } from 'node:fs';

const dockerfile = readFileSync(new URL('../../../deploy/Dockerfile', import.meta.url), 'utf8');

/** The version of the image's Node, such as `24.21.0`. */
export const imageNode = only(/^FROM node:(\d+\.\d+\.\d+)-\S+ AS build$/gm);

/** What the image adds to a container's environment. @type {Record<string, string>} */
export const imageEnvironment = Object.fromEntries(
  [...dockerfile.matchAll(/^ENV ([A-Z_]+)=(\S+)$/gm)].map(([, name, value]) => [name, value]),
);

const [, ...entry] = JSON.parse(only(/^ENTRYPOINT (\[.*\])$/gm));

/** The arguments that the image gives to the program, unless a container has its own. @type {string[]} */
export const imageArguments = JSON.parse(only(/^CMD (\[.*\])$/gm));

/**
 * The arguments of Node with which the image runs `program`, a built `seal` that lies elsewhere.
 * @param {string} program
 * @param {string[]} args
 */
export function asInImage(program, args = imageArguments) {
  return [...entry.slice(0, -1), program, ...args];
}

/** What the only match of `pattern` has in its parentheses. @param {RegExp} pattern @returns {string} */
function only(pattern) {
  const found = [...dockerfile.matchAll(pattern)];
  if (found.length !== 1) throw new Error(`deploy/Dockerfile has ${found.length} lines like ${pattern}`);
  return found[0][1];
}
