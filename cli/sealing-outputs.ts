// What `seal` makes of its inputs, one output a target: all of them checked, then sealed and written.

import type { Context } from './context.ts';
import { joined, type StreamedManifest, writeStream } from './sealed-stream.ts';
import {
  documentsToSeal,
  formatOf,
  gathered,
  roomForPlans,
  type SealingJob,
  sealedPieces,
  type ToSeal,
} from './sealing.ts';
import type { Target } from './targets.ts';
import { Progress, warn } from './ui.ts';

/** A job that nothing keeps from being done. */
export interface CheckedJob extends SealingJob {
  toSeal: ToSeal;
}

/** The jobs of each output. Throws for whatever of them could fail, before anything is sealed. */
export async function checkedOutputs(outputs: readonly (readonly SealingJob[])[]): Promise<CheckedJob[][]> {
  const checked: CheckedJob[][] = [];
  const room = { left: roomForPlans };
  for (const jobs of outputs) {
    const each: CheckedJob[] = [];
    for (const job of jobs) each.push({ ...job, toSeal: await documentsToSeal(job, room) });
    checked.push(each);
  }
  return checked;
}

/** Seals each output and writes it: to its target, or to standard output where there is none. Warnings come at the end. */
export async function sealOutputs(
  outputs: readonly (readonly SealingJob[])[],
  targets: readonly Target[],
  { context, options: given }: { context: Context; options: { progress: boolean } },
): Promise<void> {
  const total = outputs.flat().reduce((sum, { manifest }) => sum + manifest.documents.length, 0);
  // On a terminal the result itself shows how far it is.
  const enabled = given.progress && (targets.length > 0 || !context.streams.out.isTTY);
  const progress = new Progress(context, { label: 'sealing', total, enabled });
  const streams = outputs.map((jobs) => joined(jobs.map((job) => streamed(job, progress))));
  const warnings: string[] = [];
  const files: { path: string; content: string }[] = [];
  try {
    for (const [index, stream] of streams.entries()) {
      const target = targets[index];
      const result = target ? await gathered(stream) : { warnings: await writeStream(stream, context) };
      warnings.push(...result.warnings);
      if (target && 'text' in result) files.push({ path: target.path, content: result.text });
    }
  } finally {
    progress.end();
  }
  for (const warning of new Set(warnings)) warn(context, warning);
  if (files.length > 0) await context.files.write(...files);
}

function streamed(job: SealingJob, progress: Progress): StreamedManifest {
  const sealing = { ...job.sealing, onSealed: () => progress.step() };
  return { format: formatOf(job), pieces: sealedPieces({ ...job, sealing }) };
}
