// The parsed form of a template; the shapes of Go's text/template/parse, as far as they mean something.

import type { Text } from './bytes.ts';

/** One part of a parsed template. */
export type Node =
  | { type: 'text'; text: Text }
  | { type: 'action'; pipe: Pipe; line: number }
  | Branch
  | { type: 'template'; name: string; pipe: Pipe | undefined; line: number }
  | { type: 'break' | 'continue'; line: number };

/** `if`, `with` and `range`. `otherwise` is the `else` part. */
export interface Branch {
  type: 'if' | 'with' | 'range';
  pipe: Pipe;
  body: Node[];
  otherwise: Node[];
  line: number;
}

/** `$a, $b := command | command`. */
export interface Pipe {
  declares: string[];
  isAssign: boolean;
  commands: Operand[][];
  line: number;
}

/** One word of a command. A `fields` list is the chain after it: `.a.b` → `['a', 'b']`. */
export type Operand =
  | { type: 'function'; name: string; line: number }
  | { type: 'field'; fields: string[]; line: number }
  | { type: 'variable'; name: string; fields: string[]; line: number }
  | { type: 'pipe'; pipe: Pipe; line: number }
  | { type: 'chain'; of: Operand; fields: string[]; line: number }
  | { type: 'dot' | 'nil'; line: number }
  | { type: 'literal'; value: Text | bigint | number | boolean; line: number };

/** A template that others call by name, and what messages call the text that it stands in. */
export interface Definition {
  from: string;
  nodes: Node[];
}

/** A template and those that it defines. `name` is for messages. */
export interface Templates {
  name: string;
  root: Node[];
  defined: ReadonlyMap<string, Definition>;
}

/** A template and those that it may call, by name. */
export interface Callable extends Omit<Templates, 'defined'> {
  defined: Pick<ReadonlyMap<string, Definition>, 'get'>;
}
