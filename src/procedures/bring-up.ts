import { type ConvergeOptions, converge } from '../apply/converge.ts';
import type { Deployment } from '../apply/deployment.ts';
import { readRoots } from '../apply/probe.ts';
import { type OutsideFinding, verifyOutside } from '../apply/verify-outside.ts';
import { rehearsalOptions } from '../components/components.ts';
import type { Context } from '../context.ts';
import { interrupted } from '../host/bounds.ts';
import type { Plan } from '../plan/plan.ts';
import { describeStack } from '../stack/stack.ts';

interface BringUpOptions extends ConvergeOptions {
  /** Public names without a certificate of which it is not certain that they lead to this host. */
  readonly uncertainNames: readonly string[];
}

/**
 * Makes what is there into what is wanted, as `converge` does. Where a name may not lead here, its certificate is first
 * ordered from the authority's directory for rehearsals: a failure there costs nothing.
 *
 * @returns what was done
 */
export async function bringUp(deployment: Deployment, options: BringUpOptions): Promise<Plan> {
  const rehearsed = await rehearse(deployment, options);
  return [...rehearsed, ...(await converge(deployment, options))];
}

async function rehearse(deployment: Deployment, options: BringUpOptions): Promise<Plan> {
  const { uncertainNames, emit } = options;
  const instead = rehearsalOptions(deployment.config);
  if (uncertainNames.length === 0 || instead === undefined) {
    return [];
  }
  emit({
    type: 'note',
    text: `not certain to lead here: ${uncertainNames.join(', ')}; certificates are ordered from the authority's test directory first`,
  });
  return converge({ ...deployment, config: { ...deployment.config, ...instead } }, options);
}

/**
 * Asks the deployment what the internet must find, by name.
 *
 * @throws CancelledError when it was interrupted: what was found by then is no verdict
 */
export async function verifyDeployment(
  deployment: Pick<Deployment, 'directory' | 'config' | 'clock'>,
  { surroundings, interrupt }: Pick<Context, 'surroundings' | 'interrupt'>,
): Promise<OutsideFinding[]> {
  const stack = describeStack(deployment.config, {});
  const { network, machine } = await surroundings();
  const roots = await readRoots(deployment, stack);
  const findings = await verifyOutside(stack, {
    roots,
    clock: deployment.clock,
    network,
    ownAddresses: machine.addresses(),
    signal: interrupt,
  });
  if (interrupt.aborted) {
    throw interrupted();
  }
  return findings;
}
