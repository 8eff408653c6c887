// Finding the Secrets of a manifest.

import { describe, expect, it } from 'vitest';
import { parseManifest } from '../../../src/manifest/documents.ts';
import { findSecrets, maySayKind, objectsOf } from '../../../src/manifest/objects.ts';

const find = (text: string) => findSecrets(parseManifest(text, { file: 'f.yaml' }));
const named = (name: string) => `apiVersion: v1\nkind: Secret\nmetadata: {name: ${name}}\n`;

describe('finding Secrets', () => {
  it('finds them among other documents, with their lines', () => {
    const { secrets, unreadable } = find(`# top\n${named('a')}---\nkind: ConfigMap\n---\n${named('b')}`);
    expect(secrets.map(({ line, value, path }) => [line, value.metadata, path])).toEqual([
      [2, { name: 'a' }, []],
      [8, { name: 'b' }, []],
    ]);
    expect(unreadable).toEqual([]);
  });

  it('finds the items of Lists, of Lists in Lists, and of a SecretList whose items say what they are', () => {
    const inner = '{kind: List, apiVersion: v1, items: [{apiVersion: v1, kind: Secret}]}';
    const { secrets } = find(
      `kind: List\nitems:\n- kind: Other\n- ${inner}\n---\nkind: SecretList\nitems:\n- apiVersion: v1\n  kind: Secret\n`,
    );
    expect(secrets.map(({ path, line }) => [path, line])).toEqual([
      [[1, 0], 4],
      [[0], 8],
    ]);
  });

  it('finds them in JSON', () => {
    const { secrets } = find(
      '{"kind":"List","items":[\n{"apiVersion":"v1","kind":"Secret"}]}\n{"apiVersion":"v1","kind":"Secret"}',
    );
    expect(secrets.map(({ path, line }) => [path, line])).toEqual([
      [[0], 2],
      [[], 3],
    ]);
  });

  it('finds a kind that is spelt with escapes', () => {
    expect(find('apiVersion: v1\nkind: "Secr\\u0065t"\n').secrets).toHaveLength(1);
  });

  it('leaves alone what only looks like one', () => {
    const text =
      'apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\n---\nkind: ConfigMap\ndata:\n  x: |\n    apiVersion: v1\n    kind: Secret\n---\napiVersion: other/v1\nkind: Secret\n---\n[kind, Secret]\n';
    expect(find(text)).toEqual({ secrets: [], unreadable: [] });
  });

  it('reports documents that are no YAML when they speak of a Secret, and only then', () => {
    const { secrets, unreadable } = find(
      `kind: Deployment\na: {{ .x }}\n---\nkind: Secret\na: {{ .x }}\n---\n${named('a')}`,
    );
    expect(secrets).toHaveLength(1);
    expect(unreadable.map(({ document, error }) => [document.index, error.code, error.hints.join()])).toEqual([
      [1, 'NOT_YAML', expect.stringContaining('template')],
    ]);
  });

  it('refuses a Secret that is only an alias, and an item of a SecretList without a kind', () => {
    expect(() => find('kind: List\nitems:\n- &a {apiVersion: v1, kind: Secret}\n- *a\n')).toThrow(
      expect.objectContaining({ code: 'ALIASED_SECRET' }),
    );
    expect(() =>
      find('kind: List\nitems: &i\n- {apiVersion: v1, kind: Secret}\nx: {kind: List, items: *i}\n'),
    ).not.toThrow();
    expect(() => find('kind: SecretList\nitems:\n- metadata: {name: a}\n')).toThrow(
      expect.objectContaining({ code: 'SECRET_LIST' }),
    );
  });

  it('does not parse what cannot hold one', () => {
    const { documents } = parseManifest('kind: Deployment\n---\nkind: Secret\n', { file: 'f' });
    expect(documents.map((document) => maySayKind(document, 'Secret'))).toEqual([false, true]);
  });

  it('finds no object in an empty document, a list or a scalar', () => {
    expect(parseManifest('---\n---\n- a\n---\ntext\n', { file: 'f' }).documents.flatMap(objectsOf)).toEqual([]);
  });
});
