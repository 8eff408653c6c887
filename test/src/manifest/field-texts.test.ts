// Fields get another text where they stand, in the quotes that they have, and nothing else changes.

import { describe, expect, test } from 'vitest';
import { parseManifest } from '../../../src/manifest/documents.ts';
import { withFieldTexts } from '../../../src/manifest/field-texts.ts';
import { objectsOf } from '../../../src/manifest/objects.ts';

const namespace = [
  { path: ['metadata', 'namespace'], text: 'shop' },
  { path: ['spec', 'template', 'metadata', 'namespace'], text: 'shop' },
];
const changed = (text: string, fields = namespace) =>
  withFieldTexts(objectsOf(parseManifest(text, { file: 'a.yaml' }).documents[0]!)[0]!, fields);

describe('a field', () => {
  test.each([
    'metadata:\n  name: db\n  namespace: OLD # of the team\n',
    'metadata: {name: db, namespace: OLD}\n',
    'metadata:\n  namespace: "OLD"\nspec:\n  template:\n    metadata: {namespace: OLD}\n',
    "metadata: {namespace: 'OLD'}\r\n",
    '{"metadata":{"namespace":"OLD"}}',
  ])('of %j', (text) => {
    const result = changed(text);
    expect(result.replaceAll('"', '').replaceAll("'", '')).toBe(
      text.replaceAll('OLD', 'shop').replaceAll('"', '').replaceAll("'", ''),
    );
    if (text.startsWith('{"')) expect(JSON.parse(result)).toEqual({ metadata: { namespace: 'shop' } });
  });

  test('that is not there, or holds no text, stays so', () => {
    for (const text of ['metadata: {name: db}\n', 'metadata: {namespace: 3}\n', 'metadata:\n', 'a: b\n'])
      expect(changed(text)).toBe(text);
  });

  test('that is an alias becomes text', () => {
    expect(changed('x: &n old\nmetadata: {namespace: *n}\n')).toBe('x: &n old\nmetadata: {namespace: shop}\n');
  });

  test('that others refer to is refused', () => {
    expect(() => changed('metadata: {namespace: &n old, name: *n}\n')).toThrow(/metadata\.namespace cannot be changed/);
  });

  test('gets quotes where its text would be something else', () => {
    expect(changed('metadata: {namespace: old}\n', [{ path: ['metadata', 'namespace'], text: '123' }])).toBe(
      'metadata: {namespace: "123"}\n',
    );
  });
});
