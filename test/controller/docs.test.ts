// The pages that are made from tables: run `npx vitest run test/controller/docs.test.ts -u` after changing one.

import { expect, it } from 'vitest';
import { createMetrics } from '../../controller/metrics/metrics.ts';
import { type Setting, settings, variableOf } from '../../controller/options.ts';
import { eventReasons, reasons } from '../../src/kube/reasons.ts';

const cell = (text: string) => text.replaceAll('|', '\\|');

it('docs/conditions.md says what every reason means', async () => {
  const rows = Object.entries(reasons).map(
    ([reason, { ready, beside, meaning, remedy }]) =>
      `| \`${reason}\` | ${ready} | ${beside === 'none' ? '' : beside} | ${cell(meaning)} | ${cell(remedy)} |`,
  );
  const events = Object.entries(eventReasons).map(([reason, meaning]) => `| \`${reason}\` | ${cell(meaning)} |`);
  const page = `# Conditions

Made from \`src/kube/reasons.ts\`.

A SealedSecret has \`Synced\` (first, for printer columns and stock health checks) and \`Ready\`, which always agree. \`Reconciling\`
and \`Stalled\` are there only while they are true: \`Reconciling\` where the controller tries on by itself, \`Stalled\` where a person
has to change something. \`Paused\`, \`Drifted\` and \`Stale\` inform. \`Ready=False\` is definite; \`Ready=Unknown\` may pass by itself.

ExternalSecrets and their stores have \`Ready\` with the reasons of External Secrets Operator, and the class of a failure in front of its
message; the class is also the reason of \`Reconciling\`, \`Stalled\`, \`Stale\` and of the event. After a first success of a generation a
failing refresh changes nothing but \`Stale\`, until \`--max-staleness\` (or \`sealwright.dev/max-staleness\` on the object) is spent.

| Reason | Ready | Beside it | What it means | What to do |
| --- | --- | --- | --- | --- |
${rows.join('\n')}

## Events

One for each change. A failure's event carries the reason of its condition; these are about what was done:

| Reason | What happened |
| --- | --- |
${events.join('\n')}
`;
  await expect(page).toMatchFileSnapshot('../../docs/conditions.md');
});

it('docs/settings.md lists every setting', async () => {
  const rows = Object.entries<Setting<unknown>>(settings).map(
    ([name, { placeholder, help, shown }]) =>
      `| \`--${name}${placeholder ? ` ${cell(placeholder)}` : ''}\` | \`${variableOf(name)}\` | ${cell(shown)} | ${cell(help)} |`,
  );
  const page = `# Settings of the controller

Made from \`controller/options.ts\`. A flag wins over its variable. Durations are written \`30d\`, \`720h\`, \`90m\`.

| Flag | Variable | Default | Meaning |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
  await expect(page).toMatchFileSnapshot('../../docs/settings.md');
});

it('docs/metrics.md lists every metric', async () => {
  const { registry } = createMetrics();
  // The library keeps them, and does not say so in its types.
  const labelsOf = (name: string) => (registry.getSingleMetric(name) as unknown as { labelNames: string[] }).labelNames;
  const rows = (await registry.getMetricsAsJSON()).map(
    ({ name, type, help }) =>
      `| \`${name}\` | ${type} | ${labelsOf(name)
        .map((label) => `\`${label}\``)
        .join(', ')} | ${cell(help)} |`,
  );
  const page = `# Metrics of the controller

Made from \`controller/metrics/metrics.ts\`; served at \`/metrics\` on \`--metrics-address\`.

| Metric | Type | Labels | Meaning |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
  await expect(page).toMatchFileSnapshot('../../docs/metrics.md');
});
