import { describe, expect, test } from 'vitest';
import { compileSchema } from '../../../src/apiserver/schema.ts';
import { builtInSchema } from '../../../src/apiserver/types.ts';

const compile = (group: string, kind: string) => compileSchema(builtInSchema({ group, kind }));

describe('built-in kinds', () => {
  test('a Secret knows its own fields and no others', () => {
    const secret = { apiVersion: 'v1', kind: 'Secret', metadata: {}, data: { a: 'YQ==' }, stringdata: {} };
    expect(compile('', 'Secret').prune(secret)).toEqual(['stringdata']);
  });

  test('maps and lists that are empty are not stored, structs are', () => {
    const map: Record<string, unknown> = { metadata: { labels: {}, finalizers: [] }, data: {}, binaryData: { a: '' } };
    compile('', 'ConfigMap').applyDefaults(map);
    expect(map).toEqual({ metadata: {}, binaryData: { a: '' } });
    const namespace: Record<string, unknown> = { metadata: {} };
    compile('', 'Namespace').applyDefaults(namespace);
    expect(namespace).toEqual({ metadata: {}, spec: {}, status: {} });
  });

  test('a Deployment keeps what this server knows nothing of', () => {
    const deployment = {
      spec: { paused: true, template: { spec: { containers: [{ name: 'a', livenessProbe: {} }] } } },
    };
    const before = structuredClone(deployment);
    expect(compile('apps', 'Deployment').prune(deployment)).toEqual([]);
    expect(deployment).toEqual(before);
  });

  test('a kind that is not in the table keeps everything', () => {
    expect(compile('x.example.com', 'Thing').prune({ anything: { at: 'all' } })).toEqual([]);
  });
});
