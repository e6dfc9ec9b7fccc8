import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Plan } from '../../src/plan/plan.ts';
import { reconcile } from '../../src/plan/reconcile.ts';
import { planRollback } from '../../src/plan/rollback.ts';
import { localConfig, localConfigText, publicConfig } from '../fakes/configurations.ts';
import { appliedHost, desiredOf, emptyHost } from '../fakes/observed.ts';
import { parseConfig } from '../fakes/parse-config.ts';

/** Plans with what each step waits for: `UPDATE_GOLDEN=1 npm run unit` writes them again, and their diff is what has to be reviewed. */
const golden = fileURLToPath(new URL('plans.txt', import.meta.url));

const applied = appliedHost(localConfig);
const smallerUploads = parseConfig(
  `${localConfigText.replace('synapse:', 'synapse:\n  max_upload_size: 9M')}`,
);
const change = reconcile(desiredOf(smallerUploads), applied);

const plans: Record<string, Plan> = {
  'first installation, local': installation(localConfig),
  'first installation, public': installation(publicConfig),
  'nothing to do': reconcile(desiredOf(localConfig), applied),
  'another limit for uploads': change,
  'way back from that, where it failed': planRollback(change, applied, desiredOf(localConfig).stack) ?? [],
  'another image of Postgres': reconcile(
    desiredOf(parseConfig(`${localConfigText}postgres: { image: "postgres:17.99" }\n`)),
    applied,
  ),
};

test('plans and their order must be as expected', () => {
  const drawn = Object.entries(plans)
    .map(([title, plan]) => `## ${title}\n\n${draw(plan).join('\n')}`)
    .join('\n');
  if (process.env.UPDATE_GOLDEN) writeFileSync(golden, drawn);
  expect(drawn).toBe(readFileSync(golden, 'utf8'));
});

function installation(config: typeof localConfig): Plan {
  return reconcile(desiredOf(config), { ...emptyHost(config), images: new Set<string>() });
}

/** Groups of steps that wait for the same, and below each group what that is, without what follows from the rest. */
function draw(plan: Plan): string[] {
  const before = new Map<string, ReadonlySet<string>>();
  for (const { id, after } of plan) {
    before.set(id, new Set(after.flatMap((other) => [other, ...(before.get(other) ?? [])])));
  }
  const isImplied = (id: string, among: readonly string[]) =>
    among.some((other) => before.get(other)?.has(id));
  const waits = plan.map(({ id, after }) => ({
    id,
    after: after.filter((other) => !isImplied(other, after)).map((other) => `    after ${other}`),
  }));
  return waits.flatMap(({ id, after }, index) =>
    waits[index + 1]?.after.join() === after.join() ? [id] : [id, ...after, ''],
  );
}
