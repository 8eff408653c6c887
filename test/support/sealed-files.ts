// Files with SealedSecrets as people, Kustomize, Helm and other tools write them: made by a seed, with marks where edits may reach.

import { recordAnnotation } from '../../src/seal/record.ts';
import { Dice } from './dice.ts';
import { FlowStyle, needsQuotes, sealedText } from './flow-style.ts';
import { mark, type Unmarked, unmark } from './marked.ts';

/** A file, and what is known of it because it was made so. */
export interface SealedFileCase extends Unmarked {
  id: string;
  isJson: boolean;
  /** It says its namespace, `shop`, and is not left to a Kustomization. */
  hasNamespace: boolean;
  /** Items with entries of their own, in the order of the file. */
  items: string[];
  /** Items that come from a merge key. */
  merged: string[];
  /** Items that others refer to: an edit of them may be refused. */
  shared: string[];
  /** What there is of annotations. */
  annotations: Annotations;
}

/** `none` at all, `{}` or nothing behind the key, `some` but no record, a `record`. */
type Annotations = 'none' | 'empty' | 'some' | 'record';

/** The name of the SealedSecret that is meant. Others may stand beside it. */
export const sealedName = 'db';

const itemNames = [
  ...['password', 'username', 'tls.crt', 'tls.key', '.dockerconfigjson', 'API_TOKEN', 'redis-password', 'id_rsa'],
  ...['true', 'null', 'on', '8080', 'a', 'A_RATHER_LONG_NAME.of-an-item_that.somebody-thought_of', 'constructor', 'y'],
];

/** The file of a seed. */
export function sealedFileOf(seed: number): SealedFileCase {
  const dice = new Dice(seed);
  return new Maker(dice, seed).file();
}

class Maker {
  readonly #dice: Dice;
  readonly #seed: number;
  readonly #items: string[];
  readonly #anchored: string[] = [];
  readonly #shared: string[] = [];
  readonly #merged: string[] = [];
  readonly #annotations: Annotations;
  readonly #namespace: string | undefined;
  /** Columns of one level. */
  readonly #unit: string;

  constructor(dice: Dice, seed: number) {
    this.#dice = dice;
    this.#seed = seed;
    const names = itemNames.filter(() => dice.chance(0.25));
    this.#items = names.length === 0 && dice.chance(0.7) ? ['password'] : names;
    this.#annotations = dice.pick(['none', 'empty', 'some', 'record', 'record']);
    this.#namespace = dice.chance(0.8) ? 'shop' : undefined;
    this.#unit = ' '.repeat(dice.pick([2, 2, 2, 4, 1, 3, 6]));
  }

  file(): SealedFileCase {
    const dice = this.#dice;
    const family = dice.pick(['block', 'block', 'block', 'block', 'flow', 'json', 'list', 'list'] as const);
    const isJson = family === 'json';
    const marked = family === 'json' ? this.#jsonStream() : this.#yamlStream(family);
    const ended = dice.chance(0.2) ? marked.replace(/\n(\ue002*)$/, '$1') : marked;
    const broken = dice.chance(0.2) ? ended.replaceAll('\n', '\r\n') : ended;
    const whole = !isJson && dice.chance(0.1) ? `\ufeff${broken}` : broken;
    return {
      id: `${family} ${this.#seed}`,
      ...unmark(whole),
      ...{
        isJson,
        hasNamespace: this.#namespace !== undefined,
        items: this.#items,
        merged: this.#merged,
        shared: this.#shared,
        annotations: this.#annotations,
      },
    };
  }

  // Streams ------------------------------------------------------------------------------------------------------------

  #yamlStream(family: 'block' | 'flow' | 'list'): string {
    const dice = this.#dice;
    const before = dice.chance(0.3) ? [dice.pick(neighbours)] : [];
    const after = dice.chance(0.3) ? [dice.pick(neighbours)] : [];
    const own = { block: () => this.#block(''), flow: () => this.#flowDocument(), list: () => this.#list() }[family]();
    const parts = [...before, own, ...after];
    const ends = () => dice.pick(['---', '---', '---', '--- # next', '...\n---']);
    const text = parts.map((part) => (part === own ? mark('document', part) : part)).join(`${ends()}\n`);
    if (before.length > 0) return text;
    return dice.pick(['', '', '', '---\n', '# first of all\n---\n', '%YAML 1.2\n---\n', '\n# größe 😀\n\n']) + text;
  }

  #jsonStream(): string {
    const dice = this.#dice;
    const unit = dice.pick(['  ', '    ', '\t', '', '']);
    const own = this.#object(new FlowStyle(dice, { unit, isJson: true }));
    const object = (name: string) => `{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "${name}"}}`;
    if (dice.chance(0.2)) return `${object('a')}\n${mark('document', own)}\n${object('b')}\n`;
    if (dice.chance(0.3)) {
      const items = `[${[object('a'), own, object('b')].join(',\n')}]`;
      return `${mark('document', `{"apiVersion": "v1", "kind": "List", "items": ${items}}`)}\n`;
    }
    return `${mark('document', own)}\n`;
  }

  #list(): string {
    const dice = this.#dice;
    const base = dice.pick(['', '  ']);
    const item = (text: string) => `${base}- ${text.slice(base.length + 2)}`;
    const other = (name: string) =>
      item(block(['apiVersion: v1', 'kind: ConfigMap', `metadata: {name: ${name}}`], `${base}  `));
    const own = item(this.#block(`${base}  `));
    const items = [...(dice.chance(0.5) ? [other('a')] : []), own, ...(dice.chance(0.5) ? [other('b')] : [])];
    const head = ['apiVersion: v1', 'kind: List', ...(dice.chance(0.3) ? ['metadata: {resourceVersion: ""}'] : [])];
    return `${block([...head, `items:${this.#comment()}`], '')}${items.join(dice.pick(['', '', `${base}# between\n`]))}`;
  }

  // A document in block style -----------------------------------------------------------------------------------------

  #block(base: string): string {
    const dice = this.#dice;
    const shared = dice.chance(0.08) ? this.#mergedItems(base) : '';
    const head = [`${base}apiVersion: ${dice.pick(['bitnami.com/v1alpha1', '"bitnami.com/v1alpha1"'])}\n`];
    const kind = `${base}kind: SealedSecret${this.#comment()}\n`;
    const metadata = this.#metadata(base);
    const spec = this.#spec(base, shared !== '');
    const status = dice.chance(0.1) ? block(['status:', `${this.#unit}observedGeneration: 1`], base) : '';
    const rest = dice.chance(0.1) ? [spec, metadata] : [metadata, spec];
    return [...head, kind, shared, ...rest, status].join('');
  }

  #mergedItems(base: string): string {
    this.#merged.push('inherited');
    return block(['x-shared: &shared', `${this.#unit}inherited: ${sealedText(this.#dice)}`], base);
  }

  #metadata(base: string): string {
    const dice = this.#dice;
    const comment = this.#comment();
    if (dice.chance(0.15)) {
      const style = new FlowStyle(dice, { unit: '', isJson: false });
      return `${base}metadata: ${this.#metadataIn(style, '')}${comment}\n`;
    }
    const pad = base + this.#unit;
    const lines = [
      `${pad}name: ${dice.pick([sealedName, `"${sealedName}"`])}${this.#comment()}\n`,
      ...(this.#namespace ? [`${pad}namespace: ${this.#namespace}${this.#comment()}\n`] : []),
      ...(dice.chance(0.4) ? [`${pad}creationTimestamp: null\n`] : []),
      ...(dice.chance(0.3) ? [block(['labels:', `${this.#unit}app.kubernetes.io/part-of: shop # why`], pad)] : []),
      this.#annotationLines(pad),
    ];
    const ordered = dice.chance(0.2) ? lines.reverse() : lines;
    // A comment of this mapping, and one of nothing.
    const own = ordered.map((line) => (dice.chance(0.2) ? `${dice.pick([pad, ''])}# own\n${line}` : line));
    return `${base}metadata:${comment}${mark('metadata', `\n${own.join('')}`)}`;
  }

  #annotationLines(pad: string): string {
    const dice = this.#dice;
    const inner = pad + this.#unit;
    const some = `${inner}note: "x"  # n\n`;
    switch (this.#annotations) {
      case 'none':
        return '';
      case 'empty':
        return `${pad}annotations:${mark('record', dice.pick(['', ' {}', ' null']))}${this.#comment()}${mark('record')}\n`;
      case 'some':
        return `${pad}annotations:${this.#comment()}\n${some}`;
      case 'record': {
        const lines = this.#recordLines();
        const written = dice.chance(0.2)
          ? `${inner}${recordAnnotation}: ${JSON.stringify(lines.map((line) => `${line}\n`).join(''))}\n`
          : `${inner}${recordAnnotation}: |\n${lines.map((line) => `${inner}  ${line}\n`).join('')}`;
        const entry = mark('record', written);
        return `${pad}annotations:\n${dice.pick([some + entry, entry + some, entry])}`;
      }
    }
  }

  #recordLines(): string[] {
    const lines = [...this.#items, 'gone'].filter(() => this.#dice.chance(0.6)).map((item) => recordLineOf(item));
    return lines.length > 0 ? lines : [recordLineOf('gone')];
  }

  #spec(base: string, withMerge: boolean): string {
    const dice = this.#dice;
    const pad = base + this.#unit;
    const template = dice.pick([
      '',
      block(['template:', `${this.#unit}type: Opaque`], pad),
      block(['template: {type: Opaque} # kind of Secret'], pad),
      block(['template:', `${this.#unit}metadata:`, `${this.#unit.repeat(2)}creationTimestamp: null`], pad),
      block(
        [
          'template:',
          `${this.#unit}data:`,
          `${this.#unit.repeat(2)}url: |`,
          `${this.#unit.repeat(3)}x: {{ .password }}`,
        ],
        pad,
      ),
    ]);
    const items = this.#itemsEntry(pad, withMerge);
    return `${base}spec:${this.#comment()}\n${dice.chance(0.3) ? template + items : items + template}`;
  }

  #itemsEntry(pad: string, withMerge: boolean): string {
    const dice = this.#dice;
    const head = `${pad}${dice.pick(['encryptedData', 'encryptedData', '"encryptedData"'])}:`;
    if (this.#items.length === 0 && !withMerge) {
      const empty = mark('no items', dice.pick([' {}', '', ' null']));
      return `${head}${empty}${this.#comment()}${mark('no items')}\n`;
    }
    if (!withMerge && dice.chance(0.12)) {
      const unit = dice.pick(['', this.#unit]);
      const style = new FlowStyle(dice, { unit, isJson: false, base: pad });
      return `${head} ${style.items(this.#items, 0)}${this.#comment()}\n`;
    }
    const inner = pad + this.#unit;
    const merge = withMerge ? `${inner}<<: *shared\n` : '';
    const entries: string[] = [];
    for (const [index, name] of this.#items.entries()) {
      const lines = this.#ownLines(inner, index);
      // Blank lines behind `|+` are of that value, or would be once what is between them is gone.
      const own = /^\s*$/.test(lines) && entries.some((entry) => entry.includes('|+')) ? '' : lines;
      entries.push(own + this.#entry(name, inner));
    }
    // A comment behind the last one belongs to nothing.
    const tail = dice.chance(0.2) ? `${inner}# the last\n` : '';
    return `${head}${this.#comment()}${mark('items', `\n${merge}${entries.join('')}${tail}`)}`;
  }

  #ownLines(pad: string, index: number): string {
    if (!this.#dice.chance(0.25)) return '';
    const lines = [`${pad}# about the next`, '# own', '', '   ', `${pad}# a: not an item`, `${pad}#\t--- no end`];
    // Nothing may stand between a block scalar and its end but what is less indented.
    return `${lines[(this.#seed + index) % lines.length]}\n`;
  }

  #entry(name: string, pad: string): string {
    const dice = this.#dice;
    const value = this.#value(name, pad);
    if (dice.chance(0.03)) return mark(`entry ${name}`, `${pad}? ${keyText(name, dice)}\n${pad}:${value}\n`);
    const lines = `${pad}${keyText(name, dice)}:${value}\n`;
    return mark(`entry ${name}`, lines);
  }

  /** From behind the colon to the end of the line. */
  #value(name: string, pad: string): string {
    const dice = this.#dice;
    const value = sealedText(dice);
    const half = Math.floor(value.length / 2);
    const [first, second] = [value.slice(0, half), value.slice(half)];
    const of = (text: string, before = ' ') => `${before}${mark(`value ${name}`, text)}${this.#comment()}`;
    const deeper = `${pad}  `;
    const blockOf = (header: string, tail = '') =>
      ` ${mark(`value ${name}`, header)}${this.#comment()}${mark(`value ${name}`, `\n${deeper}${first}\n${deeper}${second}${tail}`)}`;
    switch (dice.pick(valueStyles)) {
      case 'double':
        return of(`"${value}"`, dice.pick([' ', '  ', ' ']));
      case 'single':
        return of(`'${value}'`);
      case 'literal':
        return blockOf('|');
      case 'strip':
        return blockOf('|-');
      case 'keep':
        return blockOf('|+', '\n');
      case 'folded':
        return blockOf('>-');
      case 'indented':
        return blockOf('|2-');
      case 'wrapped':
        return of(`${first}\n${deeper}${second}`);
      case 'wrapped double':
        return of(`"${first}\\\n${deeper}${second}"`);
      case 'anchor':
        this.#anchored.push(name);
        return of(value, ` &${anchorOf(name)} `);
      case 'tag':
        return of(value, ' !!str ');
      case 'alias':
        return this.#alias(of, value);
      case 'empty':
        // With the blanks before it: there may be none.
        return mark(`value ${name}`, dice.pick([' ""', '', ' null', ' ']));
      default:
        return of(value);
    }
  }

  #alias(of: (text: string) => string, value: string): string {
    const [anchored] = this.#anchored;
    if (anchored === undefined) return of(value);
    this.#shared.push(anchored);
    return of(`*${anchorOf(anchored)}`);
  }

  // A document in flow style ------------------------------------------------------------------------------------------

  #flowDocument(): string {
    const dice = this.#dice;
    const unit = dice.pick(['', '  ', '    ']);
    return `${this.#object(new FlowStyle(dice, { unit, isJson: false }))}${this.#comment()}\n`;
  }

  #object(style: FlowStyle): string {
    const metadata = this.#metadataIn(style, 1);
    const spec = style.map(
      [
        [
          'encryptedData',
          this.#items.length > 0
            ? style.items(this.#items, 2)
            : mark('no items', this.#dice.pick(['{}', '{ }', 'null'])),
        ],
        ['template', style.map([['type', style.text('Opaque')]], 2)],
      ],
      1,
    );
    const fields: [string, string][] = [
      ['apiVersion', style.text('bitnami.com/v1alpha1')],
      ['kind', style.text('SealedSecret')],
      ['metadata', metadata],
      ['spec', spec],
    ];
    return style.map(fields, 0);
  }

  #metadataIn(style: FlowStyle, depth: number | ''): string {
    const at = depth === '' ? 0 : depth;
    const some: [string, string] = ['note', style.text('x')];
    const lines = () => `${this.#recordLines().join('\n')}\n`;
    const annotations = {
      none: undefined,
      empty: mark('record', '{}'),
      some: style.map([some], at + 1),
      record: mark('record', style.map([some, [recordAnnotation, JSON.stringify(lines())]], at + 1)),
    }[this.#annotations];
    const fields: [string, string][] = [['name', style.text(sealedName)]];
    if (this.#namespace) fields.push(['namespace', style.text(this.#namespace)]);
    if (annotations) fields.push(['annotations', annotations]);
    return mark('metadata', style.map(fields, at));
  }

  #comment(): string {
    return this.#dice.pick([
      '',
      '',
      '',
      '',
      '',
      '',
      '  # why',
      ' # {{ no: template }}',
      '\t# tab',
      '  # größe 😀',
      ' ',
    ]);
  }
}

const valueStyles: readonly [string, ...string[]] = [
  ...(['plain', 'plain', 'plain', 'plain', 'plain', 'double', 'double', 'single', 'literal', 'strip'] as const),
  ...['keep', 'folded', 'indented', 'wrapped', 'wrapped double', 'anchor', 'tag', 'alias', 'empty'],
];

const neighbours: readonly [string, ...string[]] = [
  'kind: {{ .Values.kind }}\n{{- if .x }}\na: [\n{{ end }}\n',
  'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: db}\ndata:\n  x: |\n    kind: SealedSecret\n    encryptedData:\n      password: AgB\n',
  '# nothing but a comment\n',
  'apiVersion: v1\nkind: Secret # plain\nmetadata: {name: db}\nstringData: {a: b}\n',
  'apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: other, namespace: shop}\nspec: {encryptedData: {password: AgBother}}\n',
  'apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ include "shop.name" . }}\n  labels: {{- include "shop.labels" . | nindent 4 }}\n',
  'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- db.yaml\n',
];

function block(lines: readonly string[], pad: string): string {
  return lines.map((line) => `${pad}${line}\n`).join('');
}

function keyText(name: string, dice: Dice): string {
  if (needsQuotes(name)) return dice.pick([`"${name}"`, `'${name}'`]);
  return dice.pick([name, name, name, `"${name}"`, `'${name}'`]);
}

function anchorOf(name: string): string {
  return `a-${name.replaceAll('.', '-')}`;
}

function recordLineOf(item: string): string {
  return `${item} 9f2c66d0e1a4b7c8d35e0f1122334455 shop/db 2026-03-02`;
}
