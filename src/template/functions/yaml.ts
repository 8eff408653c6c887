// External Secrets' functions on YAML, which are sigs.k8s.io/yaml.

import { deep, type FunctionTable, fn } from '../functions.ts';
import { readYaml } from './yaml-read.ts';
import { writeYaml } from './yaml-write.ts';

export const yamlFunctions: FunctionTable = {
  toYaml: deep(fn(['any'], ([value]) => writeYaml(value).replace(/\n$/, ''))),
  // The reference puts the parser's message into the map, and from there it may get into a Secret; here it fails.
  fromYaml: fn(['string'], ([text], budget) => readYaml(text, budget)),
};
