// sprig 3.3.0's questions about types (reflect.go). There is one kind of integer here, which is Go's int.

import type { Text } from '../bytes.ts';
import { type FunctionTable, fn } from '../functions.ts';
import { GoMap, GoNumber, GoStruct, isList, typeName, type Value } from '../values.ts';

export const typeFunctions: FunctionTable = {
  typeOf: fn(['any'], ([value]) => typeName(value)),
  typeIs: fn(['string', 'any'], ([name, value]) => name === typeName(value)),
  typeIsLike: fn(['string', 'any'], ([name, value]) => [name, `*${name}`].includes(typeName(value))),
  kindOf: fn(['any'], ([value]) => kindOf(value)),
  kindIs: fn(['string', 'any'], ([name, value]) => name === kindOf(value)),
};

/** reflect.Kind's name. */
function kindOf(value: Value): Text {
  if (value === null || value === undefined) return 'invalid';
  if (isList(value)) return 'slice';
  if (value instanceof GoMap) return 'map';
  if (value instanceof GoNumber) return 'string';
  if (value instanceof GoStruct) return value.type.startsWith('*') ? 'ptr' : 'struct';
  return typeName(value);
}
