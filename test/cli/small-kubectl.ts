// The few words of kubectl that scripts need, so that they run with Node alone; the end-to-end suite uses the real one.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { Discovery } from '../../cli/discovery.ts';
import { kindNamed } from '../../cli/kinds.ts';
import type { KubeApi } from '../../src/kube/api.ts';
import type { KubeObject } from '../../src/kube/objects.ts';
import { resources } from '../../src/kube/resources.ts';
import type { Folder, Outcome } from './harness.ts';

/** `create namespace NAME`, `apply -f FILE`, and `annotate KIND/NAME -n NAMESPACE NAME=VALUE|NAME-` of our kinds. */
export async function smallKubectl(
  argv: readonly string[],
  { kube, folder }: { kube: KubeApi; folder: Folder },
): Promise<Outcome> {
  const [verb, first = '', second = ''] = argv;
  const done = (stdout: string): Outcome => ({ code: 0, stdout, stderr: '' });
  if (verb === 'create' && first === 'namespace') {
    await kube.create(resources.namespace, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: second } });
    return done(`namespace/${second} created\n`);
  }
  if (verb === 'annotate') {
    const [, kind = '', name = ''] = /^([^/]*)\/(.*)$/.exec(first) ?? [];
    const [, , , namespace, word = ''] = argv;
    const [, field = '', value] = /^(.*?)(?:-|=(.*))$/.exec(word) ?? [];
    const [resource] = kindNamed(kind)?.versions ?? [];
    if (!resource || field === '') throw new Error(`scripts know no kubectl ${argv.join(' ')}`);
    await kube.mergePatch(resource, { namespace, name }, { metadata: { annotations: { [field]: value ?? null } } });
    return done(`${first} annotated\n`);
  }
  if (verb !== 'apply' || first !== '-f') throw new Error(`scripts know no kubectl ${argv.join(' ')}`);
  const discovery = new Discovery(kube);
  const said: string[] = [];
  for (const document of parseAllDocuments(readFileSync(join(folder.path, second), 'utf8'))) {
    const object: KubeObject = document.toJS();
    const resource = await discovery.resourceOf(object);
    if (!resource) throw new Error(`no kind ${object.kind}`);
    await kube.apply(resource, object, { fieldManager: 'kubectl' });
    said.push(`${object.kind.toLowerCase()}/${object.metadata.name} applied\n`);
  }
  return done(said.join(''));
}
