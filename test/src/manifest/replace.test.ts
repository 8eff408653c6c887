// Sealing in place: what changes, what stays.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseManifest } from '../../../src/manifest/documents.ts';
import { findSecrets, objectsOf } from '../../../src/manifest/objects.ts';
import { replaceObjects } from '../../../src/manifest/replace.ts';
import { readSecret } from '../../../src/manifest/secret.ts';
import { applySplices } from '../../../src/manifest/splice.ts';
import { runs } from '../../support/property.ts';

/** A stand-in for sealing: the same shape, no cryptography. */
function sealed(name = 'db') {
  return {
    kind: 'SealedSecret',
    apiVersion: 'bitnami.com/v1alpha1',
    metadata: { name, annotations: { 'sealwright.dev/sealed': `a 1 ${name}\nb 2 ${name}\n` } },
    spec: { template: { metadata: { name }, type: 'Opaque' }, encryptedData: { a: 'AgA=', b: 'AgB/+w==' } },
  };
}

function sealAll(text: string, by: (name?: string) => object = sealed) {
  const { documents } = parseManifest(text, { file: 'f.yaml' });
  const splices = documents.flatMap((document) => {
    const { secrets } = findSecrets({ documents: [document] });
    const replacements = secrets.map((object) => ({ object, by: by(readSecret(object).metadata.name) }));
    return secrets.length === 0 ? [] : [replaceObjects(document, replacements)];
  });
  return applySplices(text, splices);
}

const plain = 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ndata:\n  a: aHVudGVyMg==\n';
const block = `apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata:
  name: db
  annotations:
    sealwright.dev/sealed: |
      a 1 db
      b 2 db
spec:
  encryptedData:
    a: AgA=
    b: AgB/+w==
  template:
    metadata:
      name: db
    type: Opaque
`;
const indented = (text: string, by: string) => text.replace(/\n(?=.)/g, `\n${by}`);

describe('replacing a Secret of YAML', () => {
  it('is the same whether its tree was needed or not', () => {
    const blanks = fc.constantFrom('', '', '\n', '\n\n', '   \n');
    const entry = fc.constantFrom('a: x', 'a: "x y"', "a: 'x: y'", 'a: |\n      x\n\n      y', 'a: |-\n      x', 'a:');
    const rest = ['apiVersion: v1', 'kind: Secret', 'metadata:\n  name: db', 'type: Opaque', 'immutable: true'];
    const fields = fc.shuffledSubarray(rest, { minLength: 5 });
    const shape = fc.record({
      fields,
      entry,
      blanks,
      by: fc.constantFrom('', '  '),
      mark: fc.boolean(),
      end: fc.constantFrom('\n', '', '  \n', '\n\n', '\n---\na: b\n'),
    });
    fc.assert(
      fc.property(shape, ({ fields, entry, blanks, by, mark, end }) => {
        const lines = [...fields, `stringData:\n    ${entry}`].join(`\n${blanks}`);
        const text = `${mark ? '---\n' : ''}${by}${indented(lines, by)}${end}`;
        // Lines that end in CR LF are not in plain style.
        expect(sealAll(text)).toBe(sealAll(text.replaceAll('\n', '\r\n')).replaceAll('\r\n', '\n'));
      }),
      { numRuns: runs(500) },
    );
  });

  it.each([
    ['alone', plain, block],
    ['without a final newline', plain.trimEnd(), block.trimEnd()],
    ['with CR LF', plain.replaceAll('\n', '\r\n'), block.replaceAll('\n', '\r\n')],
    ['after a byte order mark', `\ufeff${plain}`, `\ufeff${block}`],
    [
      'between markers and comments',
      `# top\n%YAML 1.1\n--- # here\n# about it\n\n${plain}\n\n...\n# end\n`,
      `# top\n%YAML 1.1\n--- # here\n# about it\n\n${block}\n\n...\n# end\n`,
    ],
    [
      'beside a Helm template',
      `a: {{ .x }}\n---\n${plain}---\n{{ end }}\n`,
      `a: {{ .x }}\n---\n${block}---\n{{ end }}\n`,
    ],
    ['twice in a stream', `${plain}---\n\n${plain}`, `${block}---\n\n${block}`],
    [
      'in a List',
      `kind: List\nitems:\n- ${indented(plain, '  ')}- kind: Other # c\n`,
      `kind: List\nitems:\n- ${indented(block, '  ')}- kind: Other # c\n`,
    ],
    [
      'in an indented List, last',
      `kind: List\nitems:\n  -   ${indented(plain, '      ').trimEnd()}`,
      `kind: List\nitems:\n  -   ${indented(block, '      ').trimEnd()}`,
    ],
    [
      'with fields in another order, values in block scalars',
      `kind: Secret\ndata:\n  a: |\n    aHVudGVy\n    Mg==\nstringData:\n  b: >+\n    text\n\n\nmetadata: {name: db}\napiVersion: v1\n`,
      block,
    ],
    ['that ends in a block scalar', `${plain}stringData:\n  b: |\n    text\n    more\n\n`, `${block}\n`],
    ['that ends in a mapping without a value', `${plain}stringData:\n`, block],
    ['with a comment at the end of its last line', `${plain.trimEnd()} # old: hunter3\n`, block],
  ])('%s', (_, before, after) => {
    expect(sealAll(before)).toBe(after);
  });

  it('keeps the comments of its fields, at their fields, and drops those among its values', () => {
    const text = `# owner: shop
apiVersion: v1
kind: Secret # plain
# where it is
metadata: # who
  # its name
  name: db   # the database
# the type
type: Opaque # as ever
# the values
data: # two
  # old password: hunter1
  a: aHVudGVyMg== # was hunter0
  # trailing hunter1
# a: hunter1
# the end
`;
    expect(sealAll(text)).toBe(`# owner: shop
apiVersion: bitnami.com/v1alpha1
kind: SealedSecret # plain
# where it is
metadata: # who
  # its name
  name: db   # the database
  annotations:
    sealwright.dev/sealed: |
      a 1 db
      b 2 db
spec:
  # the values
  encryptedData: # two
    a: AgA=
    b: AgB/+w==
  template:
    metadata:
      name: db
    # the type
    type: Opaque # as ever
# the end
`);
  });

  it('drops every comment that shows a value, wherever it is', () => {
    const text = `# the password is hunter2!\n--- # hunter2!\n# aHVudGVyMiE=\napiVersion: v1\nkind: Secret # hunter2!\nmetadata: {name: db} # hunter2!\ndata: # hunter2!\n  a: aHVudGVyMiE=\n# hunter2!\n`;
    const result = sealAll(text);
    expect(result).not.toMatch(/hunter2|aHVudGVyMiE/);
    expect(result).toBe(`\n---\n\n${block}`);
  });

  it('drops them between the Secrets of a List too, and beside a neighbour, but never in its text', () => {
    const item = `- ${indented(plain, '  ')}`;
    const other = '- kind: Other # hunter2!\n  text: "# hunter2!"\n  block: |\n    # hunter2!\n';
    const text = `kind: List\nitems:\n# hunter2!\n${item}# hunter2!\n${item}  # aHVudGVyMiE=\n${other}${item}`;
    const result = sealAll(text);
    expect(result.match(/^.*(?:hunter2|aHVudGVyMiE).*$/gm)).toEqual(['  text: "# hunter2!"', '    # hunter2!']);
  });

  it('drops them above a Secret in flow style', () => {
    const flow = '{apiVersion: v1, kind: Secret, metadata: {name: db}, data: {a: aHVudGVyMiE=}}';
    expect(sealAll(`# hunter2!\n${flow} # hunter2!\n# end\n`)).not.toContain('hunter2');
  });

  it('keeps the comments of neighbours in a List', () => {
    const text = `kind: List\nitems:\n# first\n- ${indented(plain, '  ')}  # inside: x\n    # deeper\n# second\n- kind: Other\n# last\n`;
    expect(sealAll(text)).toBe(
      `kind: List\nitems:\n# first\n- ${indented(block, '  ')}# second\n- kind: Other\n# last\n`,
    );
  });

  it('writes flow style where it found flow style', () => {
    const flow = JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db' }, data: { a: 'aGk=' } });
    const result = sealAll(
      `kind: List # list\nitems: [{a: 1}, ${flow}] # end\n---\n{apiVersion: v1, kind: Secret,\n  metadata: {name: db}\n} # tail\n`,
    );
    expect(result).toMatch(
      /^kind: List # list\nitems: \[\{a: 1\}, \{"apiVersion":.*\}\] # end\n---\n\{\n {2}"apiVersion": "bitnami(?:.|\n)*\n\} # tail\n$/,
    );
    const [list, flat] = parseManifest(result, { file: 'f' }).documents.map((document) => document.read().value);
    expect(list).toEqual({ kind: 'List', items: [{ a: 1 }, sealed()] });
    expect(flat).toEqual(sealed());
  });

  it('does not lose the last line end of a text at the very end of a file', () => {
    const by = () => ({ ...sealed(), spec: { encryptedData: {}, template: { data: { x: 'a\nb\n' } } } });
    for (const text of [plain, plain.trimEnd()]) {
      const [document] = parseManifest(sealAll(text, by), { file: 'f' }).documents;
      expect(document?.read().value).toEqual(by());
    }
  });

  it.each([
    [
      'an anchor inside the Secret that a neighbour uses',
      `kind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  metadata: &m {name: db}\n- kind: Other\n  metadata: *m\n`,
    ],
    [
      'an anchor on the Secret that another field uses',
      `kind: List\nitems:\n- &s\n  apiVersion: v1\n  kind: Secret\nx: *s\n`,
    ],
  ])('refuses %s', (_, text) => {
    expect(() => sealAll(text)).toThrow(
      expect.objectContaining({ code: 'CANNOT_REPLACE', message: expect.stringMatching(/^f\.yaml:\d+:\d+: /) }),
    );
  });

  it('resolves anchors that only the Secret itself uses', () => {
    expect(sealAll('apiVersion: v1\nkind: Secret\nmetadata:\n  name: &n db\n  labels: {x: *n}\n')).toBe(block);
  });

  it('leaves a manifest without Secrets as it is, broken or not', () => {
    for (const text of ['', '\n', 'a: {{ b }}', 'kind: SealedSecret\r\n', '{"kind": "List"'])
      expect(sealAll(text)).toBe(text);
  });
});

describe('replacing a Secret of JSON', () => {
  const object = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db' }, data: { a: 'aGk=' } };
  it.each([
    ['two spaces', 2],
    ['four spaces', 4],
    ['tabs', '\t'],
    ['one line', undefined],
  ])('keeps %s, before and after, in a List and alone', (_, indent) => {
    const list = (item: object) => ({ kind: 'List', items: [{ kind: 'Other' }, item] });
    const expected = {
      ...sealed(),
      metadata: { name: 'db', annotations: sealed().metadata.annotations },
      spec: { encryptedData: sealed().spec.encryptedData, template: { metadata: { name: 'db' }, type: 'Opaque' } },
    };
    const { kind, apiVersion, ...rest } = expected;
    const printed = (item: object) => JSON.stringify(item, null, indent);
    for (const lineBreak of ['\n', '\r\n']) {
      const text = (item: object) => `${printed(item)}\n${printed(list(item))}`.replaceAll('\n', lineBreak);
      expect(sealAll(text(object))).toBe(text({ apiVersion, kind, ...rest }));
    }
  });
});

describe('any comment', () => {
  it('that shows a value is gone, wherever it was, in a document and in a List', () => {
    const value = fc.stringMatching(/^Q[A-Z0-9]{5,11}$/);
    fc.assert(
      fc.property(
        value,
        fc.boolean(),
        fc.array(fc.boolean(), { minLength: 16, maxLength: 16 }),
        (text, encoded, at) => {
          const shown = encoded ? btoa(`${text}..`) : text;
          const own = (place: number, indent = '') => (at[place] ? `${indent}# was ${shown}\n` : '');
          const beside = (place: number) => `${at[place] ? `  # ${shown}` : ''}\n`;
          const secret = [
            `${own(0)}apiVersion: v1${beside(1)}${own(2)}kind: Secret${beside(3)}metadata:${beside(4)}${own(5, '  ')}  name: db${beside(6)}`,
            `data:${beside(7)}${own(8, '  ')}  a: ${btoa(`${text}..`)}${beside(9)}${own(10, '  ')}${own(11)}`,
            `stringData:${beside(12)}  b: ${text}${beside(13)}${own(14, '  ')}${own(15)}`,
          ].join('');
          for (const source of [
            secret,
            `---${beside(0)}${secret}---\na: b\n`,
            `kind: List\nitems:\n- a: b\n- ${indented(secret.replace(/^#.*\n/, ''), '  ')}`,
          ]) {
            const result = sealAll(source);
            expect(result).not.toContain(text);
            expect(result).not.toContain(btoa(`${text}..`));
          }
        },
      ),
      { numRuns: runs(100) },
    );
  });
});

describe('any stream', () => {
  const neighbour = fc.constantFrom(
    'kind: Other # c\n',
    'a: {{ .b }}\n',
    '# only a comment\n',
    '',
    'kind: ConfigMap\ndata:\n  x: |\n    kind: Secret\n    ---x\n',
    '- a\n- b\n',
    '{"a": 1}\n',
    '"text"\n',
  );
  const data = fc.dictionary(fc.stringMatching(/^[a-z.]{1,8}$/), fc.base64String({ maxLength: 40 }), { maxKeys: 4 });
  const comment = fc.constantFrom('', '# comment\n', '\n', '  # indented\n');
  const secret = fc.tuple(data, comment, comment, fc.boolean()).map(([values, above, below, hasType]) => {
    const items = Object.entries(values).map(
      ([name, value]) => `  ${JSON.stringify(name)}: ${value === '' ? "''" : JSON.stringify(value)} # c\n${above}`,
    );
    const body = items.length === 0 ? 'data: {}\n' : `data:\n${items.join('')}`;
    return `${above}apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\n${body}${hasType ? `type: Opaque\n${below}` : ''}`;
  });
  const stream = fc.tuple(
    fc.array(fc.tuple(neighbour, secret), { minLength: 1, maxLength: 5 }),
    neighbour,
    fc.constantFrom('\n', '\r\n'),
    fc.boolean(),
  );

  it('keeps every neighbour byte for byte, and holds exactly what was sealed', () => {
    fc.assert(
      fc.property(stream, ([pairs, last, lineBreak, hasMark]) => {
        const parts = [...pairs.flat(), last];
        const text = ((hasMark ? '\ufeff' : '') + parts.map((part) => `---\n${part}`).join('')).replaceAll(
          '\n',
          lineBreak,
        );
        const before = parseManifest(text, { file: 'f' });
        const result = sealAll(text);
        const after = parseManifest(result, { file: 'f' });
        expect(after.documents).toHaveLength(before.documents.length);
        for (const [index, document] of before.documents.entries()) {
          const now = after.documents[index]!;
          const [secretHere] = findSecrets({ ...before, documents: [document] }).secrets;
          if (secretHere) expect(objectsOf(now)[0]?.value).toEqual(sealed());
          else
            expect(now.source.slice(now.range.from, now.range.to)).toBe(
              text.slice(document.range.from, document.range.to),
            );
        }
        expect(/(?<!\r)\n/.test(result)).toBe(lineBreak === '\n');
        expect(sealAll(result)).toBe(result);
      }),
      { numRuns: runs(200) },
    );
  });
});
