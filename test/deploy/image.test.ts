// The image as its Dockerfile says it: one Node, the flags that memory was measured with, the controller.

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { asInImage, imageArguments, imageEnvironment, imageNode } from '../e2e/tools/image.mjs';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

it('names one Node to the last digit, and runs the one that it is built with', () => {
  const dockerfile = read('deploy/Dockerfile');
  expect(imageNode).toMatch(/^\d+\.\d+\.\d+$/);
  expect(dockerfile.match(/^FROM .*node.*$/gm)).toEqual([`FROM node:${imageNode}-bookworm-slim AS build`]);
  expect(dockerfile).toContain('COPY --from=build /usr/local/bin/node /nodejs/bin/node\n');
  expect(dockerfile).toContain('ENTRYPOINT ["/nodejs/bin/node", ');
});

it('runs a Node that the package allows', () => {
  const { engines } = JSON.parse(read('package.json'));
  const parts = (version: string) => version.replace('>=', '').split('.').map(Number);
  const [[major = 0], [least = Number.NaN]] = [parts(imageNode), parts(engines.node)];
  expect(major).toBeGreaterThanOrEqual(least);
});

it('runs the controller, as the Deployment does', () => {
  expect(imageArguments).toEqual(['controller']);
  const [container] = parse(read('deploy/deployment.yaml')).spec.template.spec.containers;
  expect(container.command).toBeUndefined();
  expect(container.args[0]).toBe('controller');
});

it('lets the controller ask for free memory, and keeps few heaps of the C library', () => {
  expect(asInImage('seal.cjs')).toContain('--expose-gc');
  expect(imageEnvironment).toEqual({ MALLOC_ARENA_MAX: '2' });
});

it('gives its flags to Node, and the rest to the program', () => {
  const [program, ...args] = asInImage('/elsewhere/seal.cjs').filter((arg) => !arg.startsWith('--'));
  expect([program, ...args]).toEqual(['/elsewhere/seal.cjs', 'controller']);
  expect(asInImage('seal.cjs', ['--version']).at(-1)).toBe('--version');
});
