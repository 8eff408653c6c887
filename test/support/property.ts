// How deep properties dig: shallow at every change, and as deep as asked where there is time.

/** Runs of a property: `standard`, or `FC_RUNS` times that where the environment sets it. */
export function runs(standard: number): number {
  const deeper = Number(process.env.FC_RUNS);
  return deeper > 0 ? Math.ceil(standard * deeper) : standard;
}
