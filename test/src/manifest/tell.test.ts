// Which documents of a tree are manifests, templates, or damaged.

import { describe, expect, it, vi } from 'vitest';
import { parseManifest } from '../../../src/manifest/documents.ts';
import { tellDocument } from '../../../src/manifest/tell.ts';

const tell = (text: string, file = 'a.yaml') =>
  parseManifest(text, { file }).documents.map((document) => {
    const told = tellDocument(document);
    if (told.kind === 'damaged') return `damaged in line ${told.damage.line}`;
    return told.kind === 'objects' ? told.objects.map(({ line }) => line) : told.kind;
  });

describe('a document of a tree', () => {
  it('holds objects, each with its line: those of a List as well', () => {
    const list = 'apiVersion: v1\nkind: List\nitems:\n  - kind: A\n  - kind: List\n    items:\n      - kind: B\n';
    expect(tell(`# a\nkind: A\n---\n${list}`)).toEqual([[2], [7, 10]]);
  });

  it('holds none where it is empty, a list or a word', () => {
    expect(tell('---\n- a\n---\nword\n---\n')).toEqual([[], [], []]);
  });

  it.each([
    ['a value in the wrong place', 'apiVersion: v1\nkind: Secret\n  data:\n', 2],
    ['a key that is there twice', 'apiVersion: v1\nkind: Secret\nkind: Secret\n', 3],
    ['a bracket that does not end', 'a:\n  - [1,\n', 2],
    [
      'an ExternalSecret, whose templates are its own',
      'apiVersion: external-secrets.io/v1\nkind: ExternalSecret\ntemplate: "{{ .password }}"\n\tspec: {}\n',
      4,
    ],
    ['JSON that is cut off', '{"apiVersion": "v1",', 1],
  ])('is damaged: %s', (_, text, line) => {
    expect(tell(text)).toEqual([`damaged in line ${line}`]);
  });

  it.each([
    ['Helm', 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: {{ .Values.name }}\n'],
    ['Helm, begun in another document', '{{- if .Values.on }}\nkind: A\n---\nkind: B\nname: a: b\n{{- end }}\n'],
    [
      'an ExternalSecret of a chart',
      'apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nspec:\n  {{- toYaml .Values.spec | nindent 2 }}\n',
    ],
    ['Jinja', '{% for one in all %}\napiVersion: v1\n{% endfor %}\n'],
    ['GitLab CI', 'job:\n  script:\n    - !reference [.setup, script]\n'],
    ['CloudFormation', 'Resources:\n  A:\n    Kind: B\n    C: !Ref D\n'],
    ['a playbook', '- hosts: all\n  vars:\n    password: !vault |\n      $ANSIBLE_VAULT\n'],
    ['two keys of one name', 'a: 1\na: 2\n'],
  ])('is of another tool, which is no fault: %s', (_, text) => {
    expect(tell(text).filter((one) => one !== 'other' && !Array.isArray(one))).toEqual([]);
  });

  it('is of another tool where it is JSON with comments', () => {
    expect(tell('{\n  // a "word", and: b\n  "strict": true,,\n}\n', 'tsconfig.json')).toEqual(['other']);
    expect(tell('{"apiVersion": "v1", "kind": "Secret",,}', 'secret.json')).toEqual(['damaged in line 1']);
  });

  it('is not read where it is JSON that names no API, however large it is', () => {
    const [document] = parseManifest(`{"packages": [${'{"version": "1"},'.repeat(1000)} {}]}`, {
      file: 'lock.json',
    }).documents;
    const read = vi.fn(() => document!.read());
    expect(tellDocument({ ...document!, read })).toEqual({ kind: 'objects', objects: [] });
    expect(read).not.toHaveBeenCalled();
    expect(tell('{"\\u0061piVersion": "v1", "kind": "A"}', 'a.json')).toEqual([[1]]);
  });
});
