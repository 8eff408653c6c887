// A find below folders that somebody else lists.

import { expect, test } from 'vitest';
import { type FindOptions, type Folders, findSecrets } from '../../../../controller/stores/vault/find.ts';

const options: FindOptions = {
  root: [],
  prefix: '',
  keyOf: (path) => path.join('/'),
  signal: new AbortController().signal,
};
const nobody = () => Promise.reject(new Error('no metadata is asked for'));

test('folders without end are given up', async () => {
  const names = Array.from({ length: 100 }, (_, at) => `folder-${at}/`);
  const folders: Folders = { names: async () => names, metadata: nobody };
  await expect(findSecrets({ regexp: 'x' }, folders, options)).rejects.toMatchObject({
    class: 'Invalid',
    message: 'vault: find comes upon more than 100000 names',
  });
});

test('ten thousand secrets are found, in the order of their names', async () => {
  const names = Array.from({ length: 10_000 }, (_, at) => `k${at}`);
  const found = await findSecrets({ regexp: '^k' }, { names: async () => names, metadata: nobody }, options);
  expect(found).toHaveLength(10_000);
  expect(found.slice(0, 3).map(({ key }) => key)).toEqual(['k0', 'k1', 'k10']);
});
