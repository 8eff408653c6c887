// Maps within brackets as people and programs write them, JSON and YAML, with marks where edits may reach.

import type { Dice } from './dice.ts';
import { mark } from './marked.ts';

/** Maps within brackets: on one line, or a line for each entry. */
export class FlowStyle {
  readonly isJson: boolean;
  readonly #dice: Dice;
  readonly #unit: string;
  readonly #base: string;
  readonly #gap: string;

  constructor(dice: Dice, { unit, isJson, base = '' }: { unit: string; isJson: boolean; base?: string }) {
    this.isJson = isJson;
    this.#dice = dice;
    this.#unit = unit;
    this.#base = base;
    this.#gap = isJson && dice.chance(0.5) ? '' : ' ';
  }

  text(words: string): string {
    if (this.isJson) return JSON.stringify(words);
    return this.#dice.pick([words, JSON.stringify(words), `'${words}'`]);
  }

  map(fields: readonly (readonly [string, string])[], depth: number): string {
    if (this.#unit === '') return `{${fields.map(([name, value]) => this.#field(name, value)).join(`,${this.#gap}`)}}`;
    const [outer, inner] = this.#pads(depth);
    const lines = fields.map(([name, value]) => `${inner}${this.#field(name, value)}`);
    return `{\n${lines.join(',\n')}\n${outer}}`;
  }

  /** With marks at each entry, at each comma, and over all of them. */
  items(names: readonly string[], depth: number): string {
    const entries = names.map((name, index) => this.#item(name, index === names.length - 1, depth));
    if (this.#unit === '') return `{${mark('items', entries.join(''))}}`;
    const [outer] = this.#pads(depth);
    return `{${mark('items', `\n${entries.join('')}${outer}`)}}`;
  }

  #item(name: string, isLast: boolean, depth: number): string {
    const quote = this.isJson || this.#dice.chance(0.6) ? '"' : "'";
    const value = `${quote}${mark(`value ${name}`, sealedText(this.#dice))}${quote}`;
    const entry = this.#field(name, value);
    const trailing = isLast && !this.isJson && this.#dice.chance(0.4);
    const comma = isLast && !trailing ? '' : ',';
    if (this.#unit === '')
      return mark(`entry ${name}`, entry) + mark(`comma ${name}`, comma + (isLast ? '' : this.#gap));
    const [, inner] = this.#pads(depth);
    const comment = this.isJson ? '' : this.#dice.pick(['', '', ' # why']);
    const above = !this.isJson && this.#dice.chance(0.15) ? `${inner}# about the next\n` : '';
    return above + mark(`entry ${name}`, `${inner}${entry}${mark(`comma ${name}`, comma)}${comment}\n`);
  }

  #field(name: string, value: string): string {
    const key = this.isJson || needsQuotes(name) || this.#dice.chance(0.3) ? JSON.stringify(name) : name;
    return `${key}:${this.isJson ? this.#gap : ' '}${value}`;
  }

  #pads(depth: number): [string, string] {
    return [this.#base + this.#unit.repeat(depth), this.#base + this.#unit.repeat(depth + 1)];
  }
}

/** Whether a YAML reader takes a name for something else than text. */
export function needsQuotes(name: string): boolean {
  return /^(?:true|null|on|y|\d+)$/.test(name);
}

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** What looks like a sealed value, some of them of the length that keys of 4096 bits make. */
export function sealedText(dice: Dice): string {
  const length = dice.pick([40, 120, 344, 344, 744]);
  return `AgB${Array.from({ length }, () => digits[dice.below(64)]).join('')}=`;
}
