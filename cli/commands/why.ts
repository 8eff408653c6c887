// `seal why`: what is wrong with an object, where it comes from, and what mends it.

import { isSealError, UsageError } from '../../src/errors.ts';
import { clusterOptions, controllerOptions } from '../cluster.ts';
import { type Call, command } from '../command.ts';
import { Clusters } from '../diagnosis/clusters.ts';
import { diagnose } from '../diagnosis/diagnose.ts';
import type { Diagnosis, Facts } from '../diagnosis/facts.ts';
import { factsOfCluster, factsOfFile } from '../diagnosis/gather.ts';
import { Found } from '../exit.ts';
import { jsonDocument } from '../json.ts';
import { checkNamespace } from '../names.ts';
import { oneLine } from '../one-line.ts';
import { flag } from '../options.ts';
import { placedNamed } from '../ruled-cluster.ts';
import { Ruling } from '../ruling.ts';
import { objectOptions } from '../shared-options.ts';
import { type Named, namedObjects } from '../subjects.ts';
import { note } from '../ui.ts';

const options = {
  ...objectOptions,
  offline: flag('--offline', 'ask no cluster: tell what files, rules and Kustomizations tell'),
  json: flag('--json', 'as one JSON document'),
  ...controllerOptions,
  ...clusterOptions,
} as const;

type WhyCall = Call<typeof options>;

/** Exit code 0 where nothing is wrong, 3 where something is. */
export const why = command({
  name: 'why',
  summary: 'say what is wrong with an object, where it comes from and what mends it',
  description: `Three lines for each object: what is wrong, where it comes from, and the command that mends it. An object is named as KIND/NAME, or by
its manifest; a file is judged by its seal record, its rule and the Kustomizations around it, and by what the cluster has of it
where one can be reached. Of sealed values it tells wrong key, wrong name, wrong namespace, wrong scope and damaged bytes apart.
Nothing is changed, and no value is shown. Every diagnosis: docs/diagnosis.md. Exit code 0: nothing is wrong; 3: something is.

With --json: {"diagnoses": [{kind, namespace, name, file, code, healthy, what, cause, mend}]}.`,
  arguments: { name: '<object...>', help: 'KIND/NAME, a file or a folder' },
  options,
  examples: [
    { does: 'ask about an object', run: 'seal why sealedsecret/db-credentials -n shop' },
    { does: 'ask about a file before it is pushed', run: 'seal why environments/production/db.yaml --offline' },
  ],
  async run(call) {
    const { options: given, args, context } = call;
    if (args.length === 0) throw new UsageError('nothing is named', { hint: 'seal why KIND/NAME, or seal why FILE' });
    if (given.namespace !== undefined) checkNamespace(given.namespace);
    const named = await namedObjects(args, given, context);
    const clusters = new Clusters(context);
    const asking = { call, clusters, ruling: new Ruling({ branch: given.branch }, context), said: new Set<string>() };
    const diagnoses: Told[] = [];
    try {
      for (const one of named) {
        const facts = await factsOf(one, asking);
        diagnoses.push({ named: one, namespace: facts.namespace, diagnosis: diagnose(facts) });
      }
    } finally {
      await clusters.close();
    }
    context.streams.out.write(given.json ? jsonOf(diagnoses) : diagnoses.map(textOf).join('\n'));
    if (diagnoses.some(({ diagnosis }) => !diagnosis.isHealthy)) throw new Found();
  },
});

interface Told {
  named: Named;
  /** Where it was looked for. */
  namespace: string | undefined;
  diagnosis: Diagnosis;
}

interface Asking {
  call: WhyCall;
  clusters: Clusters;
  ruling: Ruling;
  /** Why clusters could not be asked, each told once. */
  said: Set<string>;
}

async function factsOf(named: Named, asking: Asking): Promise<Facts> {
  const { options: given, context } = asking.call;
  if (given.offline) {
    if (named.manifest) return factsOfFile(named);
    throw new UsageError(`--offline: ${named.kind.kind} ${named.name} is known to the cluster alone`, {
      hint: 'name its file',
    });
  }
  try {
    return await ofCluster(named, asking);
  } catch (error) {
    if (!named.manifest || !isSealError(error) || error.outcome !== 'unreachable') throw error;
    if (!asking.said.has(error.message)) note(context, `told from the file alone: ${error.message}`);
    asking.said.add(error.message);
    return factsOfFile(named);
  }
}

async function ofCluster(named: Named, { call, clusters, ruling }: Asking): Promise<Facts> {
  const { options: given, context } = call;
  const placed = await placedNamed(named, { given, ruling, context });
  return factsOfCluster(placed.named, await clusters.of(placed.chosen));
}

function textOf({ diagnosis: { what, cause, mend } }: Told): string {
  const rows = [
    ['what', what],
    ['cause', cause],
    ['mend', mend],
  ];
  return rows
    .filter(([, text]) => text !== '')
    .map(([label = '', text = '']) => `${`${label}:`.padEnd(7)}${oneLine(text)}\n`)
    .join('');
}

function jsonOf(told: readonly Told[]): string {
  const diagnoses = told.map(({ named, namespace, diagnosis }) => {
    const { isHealthy: healthy, ...rest } = diagnosis;
    const { kind, name, manifest } = named;
    return {
      kind: kind.kind,
      ...(namespace !== undefined && { namespace }),
      name,
      ...(manifest && { file: manifest.file }),
      healthy,
      ...rest,
    };
  });
  return jsonDocument({ diagnoses });
}
