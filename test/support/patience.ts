// How long tests wait for what has to come: it is over as soon as that is there, and only a failure takes as long.

/** Longer than the busiest machine needs, and less than a test may take. */
export const patienceMs = 60_000;
