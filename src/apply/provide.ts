import type { Provision } from '../components/questions.ts';
import { UserError } from '../errors.ts';
import { refuseLost, refuseReplaced } from '../plan/lost.ts';
import type { ObservedState } from '../plan/observed-state.ts';
import type { OperationWork } from '../plan/operation.ts';
import type { Stack } from '../stack/stack.ts';
import { askProvision } from '../state/observe-provisions.ts';
import { readSecret } from '../state/secrets.ts';
import type { Deployment } from './deployment.ts';

interface Place {
  /** The running container of its service. */
  readonly container: string;
  readonly stack: Stack;
  /** The state that the plan was computed from. */
  readonly observed: ObservedState;
}

/**
 * Creates a provision inside a running service, or gives it its secret. Asks the service first: it may not have run
 * when the plan was computed, and only the service knows whether the provision was lost or belongs to another server.
 *
 * @throws PreflightError when the provision was lost or belongs to another server
 */
export async function provide(
  { directory, engine, random }: Deployment,
  { provision, again = [] }: Extract<OperationWork, { kind: 'provision' }>,
  { container, stack, observed }: Place,
): Promise<void> {
  const { name } = provision;
  const secret = await readSecret(directory, provision.secret);
  const found = await askProvision(engine, container, { provision, isFirst: again.length > 0, secret });
  if (found?.state === 'unused') {
    await removeUnused(engine, provision, { container, project: stack.project, users: again });
  } else if (found !== undefined) {
    const seen = { ...observed.identity.seen, ...(found.identity && { [name]: found.identity }) };
    const now = {
      ...observed,
      provisions: new Map([...observed.provisions, [name, found.state]]),
      identity: { ...observed.identity, seen },
    };
    refuseReplaced(stack, now);
    // Without data and secrets: the plan itself has created those that were missing.
    refuseLost({ ...stack, data: [], secrets: [], provisions: [provision] }, now);
    if (found.state === 'there') return;
  }
  if (found?.state === 'closed') {
    const given = await engine.exec(container, provision.giveSecret(secret.reveal(), random));
    if (given.exitCode !== 0) throw failure(`${name} could not be given its secret`, given.stderr);
    return;
  }
  const { exitCode, stderr } = await engine.exec(container, provision.create(secret.reveal(), random));
  if (exitCode !== 0) throw failure(`${name} could not be created`, stderr);
}

/**
 * Stops the services that use an unused provision, so that none fills it meanwhile, and removes it if it is still
 * unused.
 */
async function removeUnused(
  engine: Deployment['engine'],
  { name, removeUnused: remove }: Provision,
  { container, project, users }: { container: string; project: string; users: readonly string[] },
): Promise<void> {
  const running = (await engine.containers(project)).filter(
    ({ service, state }) => users.includes(service) && ['running', 'restarting'].includes(state),
  );
  await Promise.all(running.map(({ id }) => engine.stop(id)));
  const { exitCode, stderr } = await engine.exec(container, remove);
  if (exitCode !== 0) throw failure(`${name} could not be removed`, stderr);
}

function failure(message: string, stderr: string): UserError {
  return new UserError(message, {
    code: 'apply.provision',
    details: stderr.trim().split('\n'),
    hint: 'Fix the cause, then run the command again.',
  });
}
