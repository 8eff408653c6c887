import { describe, expect, test } from 'vitest';
import { type DocumentedKind, openApiDocument, openApiIndex } from '../../../src/apiserver/openapi.ts';
import { builtInSchema } from '../../../src/apiserver/types.ts';
import { resources } from '../../../src/kube/resources.ts';

const secret: DocumentedKind = {
  ...resources.secret,
  subresources: [],
  definition: undefined,
  compiled: { schema: builtInSchema(resources.secret) },
};
const sealed: DocumentedKind = {
  ...resources.sealedSecret,
  subresources: ['status'],
  definition: {},
  compiled: {
    schema: {
      type: 'object',
      properties: { spec: { type: 'object', description: 'What is sealed.', properties: {} } },
    },
  },
};

describe('OpenAPI v3', () => {
  test('the index names one document a group version, and its hash changes with the content', () => {
    const urls = (kinds: DocumentedKind[]) =>
      openApiIndex(kinds).paths as Record<string, { serverRelativeURL: string }>;
    const before = urls([secret, sealed]);
    expect(Object.keys(before)).toEqual(['api/v1', 'apis/bitnami.com/v1alpha1']);
    expect(before['api/v1']?.serverRelativeURL).toMatch(/^\/openapi\/v3\/api\/v1\?hash=[0-9A-F]{64}$/);
    const after = urls([secret, { ...sealed, subresources: [] }]);
    expect(after['api/v1']).toEqual(before['api/v1']);
    expect(after['apis/bitnami.com/v1alpha1']).not.toEqual(before['apis/bitnami.com/v1alpha1']);
  });

  test('PATCH says that the server validates fields, which kubectl asks for before it applies', () => {
    const path = '/api/v1/namespaces/{namespace}/secrets/{name}';
    const document = openApiDocument([secret]) as {
      paths: Record<string, { patch: { parameters: { name: string }[] } }>;
    };
    const { patch } = document.paths[path] ?? expect.fail(path);
    expect(patch.parameters.map(({ name }) => name)).toContain('fieldValidation');
    expect(patch).toMatchObject({ 'x-kubernetes-group-version-kind': { group: '', version: 'v1', kind: 'Secret' } });
  });

  test('strategic merge patch is offered for built-in kinds only', () => {
    const types = (kind: DocumentedKind) => {
      const paths = Object.entries(
        openApiDocument([kind]).paths as Record<string, { patch?: { requestBody: { content: object } } }>,
      );
      return paths.flatMap(([, { patch }]) => (patch ? [Object.keys(patch.requestBody.content)] : []));
    };
    expect(types(secret)).toEqual([expect.arrayContaining(['application/strategic-merge-patch+json'])]);
    expect(types(sealed).flat()).not.toContain('application/strategic-merge-patch+json');
  });

  test('a custom kind is described with its own schema and the metadata of all objects', () => {
    const { components } = openApiDocument([sealed]) as { components: { schemas: Record<string, object> } };
    expect(components.schemas['com.bitnami.v1alpha1.SealedSecret']).toMatchObject({
      properties: {
        spec: { description: 'What is sealed.' },
        metadata: { allOf: [{ $ref: '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' }] },
      },
      'x-kubernetes-group-version-kind': [{ group: 'bitnami.com', version: 'v1alpha1', kind: 'SealedSecret' }],
    });
  });
});
