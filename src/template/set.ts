// Several templates that call each other by name, parsed once and rendered as often as there is new data.

import { SecretBytes } from '../redact.ts';
import { Budget, defaultLimits, type Limits } from './budget.ts';
import { bytesFromText } from './bytes.ts';
import { evaluate, type MissingKey } from './evaluate.ts';
import { functionTable } from './functions/table.ts';
import type { Callable, Definition, Node } from './nodes.ts';
import { parseTemplate } from './parse.ts';
import { isCallable } from './render.ts';
import type { Value } from './values.ts';

/** One template of a set. */
export interface SetMember {
  /** What `{{template}}` calls it by. Undefined: nothing calls it. */
  name: string | undefined;
  /** Names it in errors. */
  label: string;
  text: string;
}

export interface SetOptions {
  missingKey: MissingKey;
  /** For all that one `Rendering` renders; `outputBytes` for each. Default: `defaultLimits`. */
  limits?: Limits;
}

// Functions that change the map that they are given, which others of the set would see.
const changing = /\b(?:set|unset|merge|mustMerge|mergeOverwrite|mustMergeOverwrite)\b/;

const isBlank = (node: Node) => node.type === 'text' && node.text.trim() === '';

/** Parsed templates. What one defines inside itself goes before what others define or are called. */
export class TemplateSet {
  readonly #templates: readonly Callable[];
  readonly #changesData: boolean;

  /** Of several members or definitions with one name the first counts. Throws `TemplateError` (`TEMPLATE_PARSE`). */
  constructor(members: readonly SetMember[]) {
    const parsed = members.map(({ label, text }) => parseTemplate(label, text, (name) => isCallable(label, name)));
    const shared = new Map<string, Definition>();
    const define = (name: string, definition: Definition) => {
      if (!shared.has(name)) shared.set(name, definition);
    };
    for (const [index, { name, root, defined }] of parsed.entries()) {
      const called = members[index]?.name;
      if (called === undefined) continue;
      // As in Go, a text that only defines does not take the place of what it defines under its own name.
      const own = root.every(isBlank) ? defined.get(called) : undefined;
      define(called, own ?? { from: name, nodes: root });
    }
    for (const { defined } of parsed) for (const [name, definition] of defined) define(name, definition);
    this.#templates = parsed.map(({ name, root, defined }) => ({
      name,
      root,
      defined: { get: (called) => defined.get(called) ?? shared.get(called) },
    }));
    this.#changesData = members.some(({ text }) => changing.test(text));
  }

  /**
   * Renders members one after another, all within one bound of time. `data` makes what `.` is: anew for each where templates
   * could change it, so that none sees what another did. Returns what renders the member at an index; that throws `TemplateError`.
   */
  rendering(data: (budget: Budget) => Value, { missingKey, limits = defaultLimits }: SetOptions) {
    const budget = new Budget(limits);
    let made: { dot: Value } | undefined;
    return (index: number): SecretBytes => {
      const templates = this.#templates[index];
      if (!templates) throw new TypeError(`the set has no template ${index}`);
      if (!made || this.#changesData) made = { dot: data(budget) };
      return new SecretBytes(
        bytesFromText(evaluate(templates, made.dot, { functions: functionTable, budget, missingKey })),
      );
    };
  }
}
