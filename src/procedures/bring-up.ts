import { type ConvergeOptions, converge } from '../apply/converge.ts';
import type { Deployment } from '../apply/deployment.ts';
import { readRoots } from '../apply/probe.ts';
import { verifyCallers } from '../apply/verify-callers.ts';
import { verifyCertificates } from '../apply/verify-certificates.ts';
import { type OutsideFinding, type OutsideSurroundings, verifyOutside } from '../apply/verify-outside.ts';
import { describeWhenHidden, describeWhenNotRenewed, stagingOptions } from '../components/components.ts';
import type { Context } from '../context.ts';
import { interrupted } from '../host/bounds.ts';
import type { Plan } from '../plan/plan.ts';
import { type Stack, unlockedStack } from '../stack/stack.ts';
import { verifyDocuments, verifyService } from './delegation.ts';
import { verifyMail } from './mail/verify-mail.ts';

export interface BringUpOptions extends ConvergeOptions {
  /** Public names without a certificate for which it is not certain that the CA will issue certificates. */
  readonly uncertainNames: readonly string[];
}

/**
 * Converges the deployment, as `converge` does. If it is uncertain that the CA certifies a name, a staging run orders
 * the certificate from the CA's staging directory first: a failure there costs nothing.
 *
 * @returns the operations that were done
 */
export async function bringUp(deployment: Deployment, options: BringUpOptions): Promise<Plan> {
  const staged = await runStaging(deployment, options);
  return [...staged, ...(await converge(deployment, options))];
}

async function runStaging(deployment: Deployment, options: BringUpOptions): Promise<Plan> {
  const { uncertainNames, emit } = options;
  const instead = stagingOptions(deployment.config);
  if (uncertainNames.length === 0 || instead === undefined) {
    return [];
  }
  emit({
    type: 'note',
    text: `staging run first: the CA may refuse ${uncertainNames.join(', ')}, and failed orders count against its rate limits`,
  });
  // `onPlanned` is called for the final run only.
  const { onPlanned: _, ...quietly } = options;
  return converge({ ...deployment, config: { ...deployment.config, ...instead } }, quietly);
}

/**
 * Makes the external checks: requests by public name, DNS records, certificates. Also verifies that the server sees
 * clients by their own addresses, and that it can send mail.
 *
 * @param waits whether an existing Traefik gets the time that it needs to see services that have just been started
 * @throws CancelledError when it was interrupted: incomplete findings are no verdict
 */
export async function verifyDeployment(
  { directory, config }: Pick<Deployment, 'directory' | 'config'>,
  context: Pick<Context, 'surroundings' | 'connectEngine' | 'clock' | 'random' | 'interrupt' | 'patience'>,
  { waits = false }: { readonly waits?: boolean } = {},
): Promise<OutsideFinding[]> {
  const stack = unlockedStack(config);
  const { network, machine } = await context.surroundings();
  const { clock, random, interrupt } = context;
  const roots = await readRoots({ directory }, stack);
  const surroundings = { roots, clock, network, ownAddresses: machine.addresses(), signal: interrupt };
  const callers = async () =>
    verifyCallers(stack, {
      ...surroundings,
      random,
      engine: await context.connectEngine(),
      innerAddresses: machine.innerAddresses(),
      whenHidden: (family, version) => describeWhenHidden(config, family, version),
    });
  const found = await Promise.all([
    verifyDocuments(directory, stack, context),
    verifyService(stack, network),
    seeOutside(stack, { ...surroundings, patience: context.patience }, waits),
    verifyCertificates(stack, { ...surroundings, remedy: describeWhenNotRenewed(config) }),
    // `status` reports an engine that does not answer.
    callers().catch(() => []),
    context.connectEngine().then(
      (engine) => verifyMail({ directory, config }, { engine, patience: context.patience }),
      () => [],
    ),
  ]);
  if (interrupt.aborted) {
    throw interrupted();
  }
  return found.flat();
}

/**
 * How long an existing Traefik may take to read new labels and to get certificates, in milliseconds. Traefik looks
 * for changes every two seconds, and uses the previous labels until then; a CA answers within ten seconds.
 */
const waitForLabels = { first: 3_000, whole: 30_000, pause: 500 };

async function seeOutside(
  stack: Stack,
  surroundings: OutsideSurroundings & Pick<Context, 'patience'>,
  waits: boolean,
): Promise<OutsideFinding[]> {
  const { clock, signal, patience = 1 } = surroundings;
  const end = clock.now().getTime() + waitForLabels.whole * patience;
  const mayWait = waits && stack.edge.behind?.kind === 'traefik';
  if (mayWait) await clock.sleep(waitForLabels.first, signal);
  for (;;) {
    const seen = await verifyOutside(stack, surroundings);
    const isGood = seen.every(({ verdict }) => verdict !== 'failed');
    if (!mayWait || isGood || signal?.aborted || clock.now().getTime() >= end) return seen;
    await clock.sleep(waitForLabels.pause, signal);
  }
}
