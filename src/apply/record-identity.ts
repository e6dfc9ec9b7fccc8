import { join } from 'node:path';
import { secretPath } from '../layout.ts';
import type { ObservedState } from '../plan/observed-state.ts';
import { type IdentityRecord, kept, type Things, withoutWitness, witnessFile } from '../stack/identity.ts';
import type { Stack } from '../stack/stack.ts';
import { writeIdentity } from '../state/identity.ts';
import { mountOf } from '../state/observe-identity.ts';
import type { Deployment } from './deployment.ts';

/**
 * Records the identity of the deployment, after all services were seen running together. Data directories get a
 * witness file, by which later runs recognise them.
 *
 * @returns paths below the deployment directory that exist as long as data and provisions are the recorded ones
 */
export async function recordIdentity(
  deployment: Deployment,
  stack: Stack,
  observed: ObservedState,
): Promise<string[]> {
  const { recorded } = observed.identity;
  const record: IdentityRecord = {
    serverName: stack.serverName,
    deployment: recorded?.deployment ?? Buffer.from(deployment.random(6)).toString('hex'),
    things: recorded?.things ?? {},
    predecessors: recorded?.predecessors ?? {},
  };
  const marked = await Promise.all(
    stack.data.map((data) => ensureWitness(deployment, data, { stack, observed, record })),
  );
  const things = {
    ...record.things,
    ...keptSecrets(stack, observed),
    ...observed.identity.seen,
    ...Object.fromEntries(marked.flat().map((path) => [path, record.deployment])),
  };
  await writeIdentity(deployment.directory, { ...record, things });
  return [
    ...stack.data.map(({ path, witnessed }) => join(path, witnessed, witnessFile(record))),
    ...stack.provisions.flatMap(({ name, place }) => place?.(things[name] ?? '') ?? []),
  ];
}

/** @returns the path of the directory if it has a witness file now, else nothing */
async function ensureWitness(
  { engine }: Deployment,
  { path, witnessed, owner }: Stack['data'][number],
  { stack, observed, record }: { stack: Stack; observed: ObservedState; record: IdentityRecord },
): Promise<string[]> {
  const seen = observed.identity.seen[path];
  const mounted = mountOf(stack, path);
  const container = observed.containers.find(({ service }) => service === mounted?.service);
  const isMarked = seen === record.deployment || (seen !== withoutWitness && path in record.things);
  if (isMarked) return [path];
  if (mounted === undefined || container === undefined) return [];
  await engine.putFile(container.id, join(mounted.target, witnessed), {
    path: witnessFile(record),
    owner,
    mode: 0o444,
    text: `matrix-deploy recognises the data of ${record.serverName} by this file. Keep it where it is.\n`,
  });
  return [path];
}

function keptSecrets({ secrets }: Stack, observed: ObservedState): Things {
  const tokens = secrets.filter(({ name, recipe }) => recipe.kind === 'token' && observed.secrets.has(name));
  return Object.fromEntries(tokens.map(({ name }) => [secretPath(name), kept]));
}
