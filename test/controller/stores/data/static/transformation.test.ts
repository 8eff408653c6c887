// What an object and the SecretTransformations that it names ask for together.

import { describe, expect, it } from 'vitest';
import { mostPatterns } from '../../../../../controller/stores/data/static/filter.ts';
import {
  placesOf,
  planAlone,
  type StaticPlan,
  staticPlan,
} from '../../../../../controller/stores/data/static/transformation.ts';
import type { SealError } from '../../../../../src/errors.ts';
import type { SecretTransformationSpec, VaultTransformation } from '../../../../../src/kube/vault-secrets.ts';

const plan = (
  own: VaultTransformation | undefined,
  shared: Record<string, SecretTransformationSpec> = {},
): Promise<StaticPlan> =>
  staticPlan(own, { namespace: 'app', find: ({ namespace, name }) => shared[`${namespace}/${name}`] });

/** Item → text, sources left out. */
const made = ({ templates }: StaticPlan) =>
  Object.fromEntries(templates.flatMap(({ item, text }) => (item === undefined ? [] : [[item, text]])));

async function refusal(attempt: () => unknown) {
  try {
    await attempt();
  } catch (error) {
    const { code, message, hints } = error as SealError;
    return { code, message, hints };
  }
  throw new Error('it was not refused');
}

const text = (one: string) => ({ text: one });
const keys = ['app.url', 'db.password', 'db.user', 'other'];
const ref = (name: string, more: object = {}) => ({ transformationRefs: [{ name, ...more }] });

describe('nothing at all', () => {
  it('keeps every key and the raw answer', async () => {
    expect(await plan(undefined)).toMatchObject({ excludeRaw: false, templates: [], set: undefined });
    expect((await plan({})).filter.kept(keys)).toEqual(keys);
  });
});

describe('SecretTransformations', () => {
  it('are found in the namespace of the object, or in the one that is named', async () => {
    const own = {
      transformationRefs: [{ name: 'a' }, { namespace: 'shared', name: 'b' }, { namespace: '', name: 'a' }],
    };
    expect(placesOf(own, 'app')).toEqual([
      { namespace: 'app', name: 'a' },
      { namespace: 'shared', name: 'b' },
    ]);
    expect(placesOf(undefined, 'app')).toEqual([]);
    const shared = { 'app/a': { templates: { x: text('1') } }, 'shared/b': { templates: { y: text('2') } } };
    expect(made(await plan(own, shared))).toEqual({ x: '1', y: '2' });
  });

  it('that are not there are waited for', async () => {
    expect(await refusal(() => plan(ref('a')))).toMatchObject({
      code: 'TRANSFORMATION_NOT_FOUND',
      message: 'there is no SecretTransformation app/a',
    });
    const own = ref('a', { templateRefs: [{ name: 'y' }] });
    expect(await refusal(() => plan(own, { 'app/a': { templates: { x: text('1') } } }))).toMatchObject({
      code: 'TRANSFORMATION_NOT_FOUND',
      message: "SecretTransformation app/a has no template 'y'",
    });
    expect((await refusal(() => plan(ref('a', { templateRefs: [{ name: 'toString' }] }), { 'app/a': {} }))).code).toBe(
      'TRANSFORMATION_NOT_FOUND',
    );
  });

  it('give all of their templates, or those that are picked, under other names where asked', async () => {
    const shared = { 'app/a': { templates: { x: text('1'), y: text('2'), z: text('3') } } };
    expect(made(await plan(ref('a', { templateRefs: [] }), shared))).toEqual({ x: '1', y: '2', z: '3' });
    const picked = [{ name: 'x' }, { name: 'z', keyOverride: 'zed' }, { name: 'z', keyOverride: '' }];
    expect(made(await plan(ref('a', { templateRefs: picked }), shared))).toEqual({ x: '1', zed: '3', z: '3' });
  });

  it('may be named twice', async () => {
    const shared = {
      'app/a': { templates: { x: { name: 'ex', text: '1' } }, sourceTemplates: [{ name: 's', text: '' }] },
    };
    expect(made(await plan({ transformationRefs: [{ name: 'a' }, { name: 'a' }] }, shared))).toEqual({ x: '1' });
  });

  it('give way to the templates of the object itself', async () => {
    const shared = { 'app/a': { templates: { x: text('shared'), y: text('shared') } } };
    expect(made(await plan({ ...ref('a'), templates: { x: text('own') } }, shared))).toEqual({ x: 'own', y: 'shared' });
  });

  it('whose templates give way may be called all the same', async () => {
    const shared = { 'app/a': { templates: { x: { name: 'ex', text: 'shared' }, y: text('{{ template "ex" }}') } } };
    const { templates } = await plan({ ...ref('a'), templates: { x: text('own') } }, shared);
    expect(templates.map(({ name, item }) => [name, item])).toEqual([
      ['x', 'x'],
      ['ex', undefined],
      ['y', 'y'],
    ]);
  });

  it('do not fight for an item', async () => {
    const shared = { 'app/a': { templates: { x: text('1') } }, 'app/b': { templates: { x: text('2') } } };
    const own = { transformationRefs: [{ name: 'a' }, { name: 'b' }] };
    expect(await refusal(() => plan(own, shared))).toEqual({
      code: 'TRANSFORMATION_INVALID',
      message:
        "two templates make the item 'x': 'x' of SecretTransformation app/a, and 'x' of SecretTransformation app/b",
      hints: ['give one of them another keyOverride, or a template of the object itself, which goes before both'],
    });
    expect(made(await plan({ ...own, templates: { x: text('own') } }, shared))).toEqual({ x: 'own' });
  });
});

describe('names of templates', () => {
  it('that are written must differ', async () => {
    const own = { templates: { a: { name: 'n', text: '1' }, b: { name: 'n', text: '2' } } };
    expect(await refusal(() => plan(own))).toEqual({
      code: 'TRANSFORMATION_INVALID',
      message:
        "two templates have the name 'n': 'a' of spec.destination.transformation, and 'b' of spec.destination.transformation",
      hints: ['give each template a name of its own'],
    });
    const shared = { 'app/a': { sourceTemplates: [{ name: 'n', text: '' }] } };
    expect(
      (await refusal(() => plan({ ...ref('a'), templates: { x: { name: 'n', text: '' } } }, shared))).message,
    ).toBe(
      "two templates have the name 'n': 'x' of spec.destination.transformation, and 'n' of SecretTransformation app/a",
    );
  });

  it('are those of the items where none is written, unless somebody else has it', async () => {
    const names = (await plan({ templates: { a: text('1'), b: { name: 'a', text: '2' }, c: text('3') } })).templates;
    expect(names.map(({ item, name }) => [item, name])).toEqual([
      ['a', undefined],
      ['b', 'a'],
      ['c', 'c'],
    ]);
  });
});

describe('a template that cannot be parsed', () => {
  it('is refused before anything is fetched, and by the SecretTransformation itself', async () => {
    const spec = { sourceTemplates: [{ name: 'lib', text: 'a\n{{ end }}' }] };
    const message = "template 'lib' of SecretTransformation shared/s, line 2: unexpected {{end}}";
    const place = { namespace: 'shared', name: 's' };
    expect(await refusal(() => planAlone(spec, place))).toMatchObject({ code: 'TEMPLATE_PARSE', message });
    const own = { transformationRefs: [place] };
    expect(await refusal(() => plan(own, { 'shared/s': spec }))).toMatchObject({ code: 'TEMPLATE_PARSE', message });
  });

  it('is not the same as one that calls what others define', async () => {
    expect(
      await planAlone({ templates: { x: text('{{ template "elsewhere" . }}') } }, { namespace: 'a', name: 'b' }),
    ).toBeDefined();
  });
});

describe('includes and excludes', () => {
  it.each<[VaultTransformation, string[]]>([
    [{ excludes: ['^db'] }, ['app.url', 'other']],
    [{ includes: ['^db'] }, ['db.password', 'db.user']],
    [{ includes: ['^db', 'url'], excludes: ['user'] }, ['app.url', 'db.password']],
    [{ includes: ['nothing'] }, []],
    [{ excludes: ['.*'], includes: ['.*'] }, []],
    [{ includes: [], excludes: [] }, keys],
  ])('%j keep %j', async (own, kept) => {
    expect((await plan(own)).filter.kept(keys)).toEqual(kept);
  });

  it('of SecretTransformations count like those of the object, unless they are to be ignored', async () => {
    const shared = { 'app/a': { includes: ['^db'], excludes: ['user'] } };
    expect((await plan(ref('a'), shared)).filter.kept(keys)).toEqual(['db.password']);
    expect((await plan(ref('a', { ignoreIncludes: true }), shared)).filter.kept(keys)).toEqual([
      'app.url',
      'db.password',
      'other',
    ]);
    expect((await plan(ref('a', { ignoreExcludes: true }), shared)).filter.kept(keys)).toEqual([
      'db.password',
      'db.user',
    ]);
    expect((await plan({ ...ref('a'), includes: ['other'] }, shared)).filter.kept(keys)).toEqual([
      'db.password',
      'other',
    ]);
  });

  it('that are no RE2 are refused, with their place', async () => {
    expect(await refusal(() => plan({ includes: ['a', '(?=b)'] }))).toMatchObject({
      code: 'TRANSFORMATION_INVALID',
      message: 'spec.destination.transformation.includes[1] is not a regular expression in RE2 syntax',
    });
    expect((await refusal(() => plan(ref('a'), { 'app/a': { excludes: ['('] } }))).message).toBe(
      'SecretTransformation app/a: spec.excludes[0] is not a regular expression in RE2 syntax',
    );
    expect((await refusal(() => plan({ excludes: ['a'.repeat(5000)] }))).code).toBe('TRANSFORMATION_INVALID');
  });

  it('are bounded in number and in what they cost', async () => {
    expect((await refusal(() => plan({ excludes: Array(mostPatterns + 1).fill('a') }))).message).toBe(
      '501 includes and excludes are more than the 500 allowed',
    );
    const { filter } = await plan({ excludes: Array(100).fill('(a{1,500}){1,2}b') });
    expect((await refusal(() => filter.kept(Array(200).fill('a'.repeat(1000))))).message).toBe(
      'telling which keys to keep by these includes and excludes costs too much',
    );
    expect((await refusal(() => plan({ excludes: Array(3).fill('a{1000}'.repeat(500)) }))).code).toBe(
      'TRANSFORMATION_INVALID',
    );
  });
});

describe('what one object may use', () => {
  it.each<[string, VaultTransformation, SecretTransformationSpec]>([
    [
      '101 transformationRefs are more than the 100 that one object may use',
      { transformationRefs: Array(101).fill({ name: 'a' }) },
      {},
    ],
    [
      '501 templates are more than the 500 that one object may use',
      { templates: Object.fromEntries(Array.from({ length: 501 }, (_, at) => [`item-${at}`, text('')])) },
      {},
    ],
    [
      '501 templates are more than the 500 that one object may use',
      {
        transformationRefs: [
          { name: 'a', templateRefs: Array.from({ length: 501 }, (_, at) => ({ name: 'x', keyOverride: `i${at}` })) },
        ],
      },
      { templates: { x: text('') } },
    ],
    [
      '1200000 characters of templates are more than the 1048576 that one object may use',
      { transformationRefs: [{ name: 'a', templateRefs: [{ name: 'x' }, { name: 'x', keyOverride: 'y' }] }] },
      { templates: { x: text('x'.repeat(600_000)) } },
    ],
  ])('%s', async (message, own, spec) => {
    expect(await refusal(() => plan(own, { 'app/a': spec }))).toMatchObject({
      code: 'TRANSFORMATION_INVALID',
      message,
    });
  });
});
