// Asking the clusters of a tree which of its sealed values open.

import { type SealedValues, valuesToAsk } from '../keys/sealing-client.ts';
import { manifestToJudge } from '../src/manifest/documents.ts';
import { sealedValuesOf } from '../src/seal/sealed-secret.ts';
import type { ClusterOptions } from './cluster.ts';
import type { Context } from './context.ts';
import { Controllers, type FoundController, refused } from './controllers.ts';
import { Portions } from './portions.ts';
import { Ruling } from './ruling.ts';
import { problemTeller, sealedFiles, type TreeSealed } from './sealed-tree.ts';
import { filesOfTree, warnOfNone } from './tree.ts';
import { note, Progress } from './ui.ts';

/** What is known about one SealedSecret. */
export interface Verified {
  file: string;
  /** 1-based. */
  line: number;
  namespace?: string;
  name: string;
  /** Item → whether it opens; `spec.data` for the first form. */
  items: Record<string, boolean>;
}

/** How a tree is asked about. */
export interface VerifyOptions extends ClusterOptions {
  branch?: string | undefined;
  namespace?: string | undefined;
  progress: boolean;
}

interface Asked {
  place: Omit<Verified, 'items'>;
  values: SealedValues;
  /** Items that are not even text. */
  odd: readonly string[];
}

const valuesAtOnce = 64;

/** In the order of the tree, and how many manifests could not be read. Throws `ApiError`, `SealError`. */
export async function verifyTree(
  paths: readonly string[],
  { progress: isShown, ...given }: VerifyOptions,
  context: Context,
): Promise<{ answers: Verified[]; problems: number }> {
  const files = await filesOfTree(paths, context);
  warnOfNone(files, paths, context);
  const order = new Map(files.map(({ name }, index) => [name, index]));
  const problems = problemTeller(context);
  const progress = new Progress(context, { label: 'asking', total: files.length, enabled: isShown });
  const controllers = new Controllers(given, context);
  const answers: Verified[] = [];
  const portions = new Portions<FoundController, Asked>(valuesAtOnce, async ({ client }, asked) => {
    const wasKnown = client.isAskedOneByOne;
    const found = await client.verify(asked.map(({ values }) => values)).catch(refused);
    if (client.isAskedOneByOne && !wasKnown)
      note(context, `the controller ${client.name} is asked about one SealedSecret at a time, as it takes no more`);
    for (const [index, { place, odd }] of asked.entries()) {
      const items = [...(found[index] ?? []), ...odd.map((item) => [item, false] as const)];
      answers.push({ ...place, items: Object.fromEntries(items) });
    }
  });
  const tree = {
    ruling: new Ruling(given, context),
    namespace: given.namespace,
    onProblem: problems.tell,
    parse: manifestToJudge,
  };
  try {
    for await (const { file, sealed, ruled } of sealedFiles(files, { ...tree, onFile: () => progress.step() })) {
      const controller = await controllers.of(ruled);
      for (const each of sealed) {
        const asked = askedOf(file, each);
        await portions.add(controller, asked, asked.values.values.size);
      }
    }
    await portions.flush();
  } finally {
    progress.end();
    await controllers.close();
  }
  answers.sort((a, b) => (order.get(a.file) ?? 0) - (order.get(b.file) ?? 0) || a.line - b.line);
  return { answers, problems: problems.count };
}

function askedOf(file: string, { object: { line }, sealedSecret, sealedFor }: TreeSealed): Asked {
  const { name = '' } = sealedSecret.metadata;
  const { namespace } = sealedFor;
  const values = valuesToAsk(sealedSecret, sealedFor);
  const items = sealedValuesOf(sealedSecret).map(([item]) => item);
  return {
    place: { file, line, ...(namespace && { namespace }), name },
    values,
    odd: items.filter((item) => !values.values.has(item)),
  };
}
