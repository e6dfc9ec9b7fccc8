import type { Offer } from '../host/install/offer.ts';
import type { Emit } from '../plan/events.ts';
import type { PreflightPorts, Subject } from './facts.ts';
import { type CheckName, type Finding, UnreadyHostError } from './finding.ts';
import { type Inspection, inspectDocker, inspectHost } from './inspect.ts';
import { joinOffers } from './installation.ts';

export interface CheckOptions {
  readonly skip: ReadonlySet<CheckName>;
  readonly emit: Emit;
  /** Chooses the offer to install, if any. All install the same from different archives, the usual one first. */
  chooseOffer(offers: readonly Offer[]): Promise<Offer | undefined>;
}

/**
 * Checks whether the host can run a deployment, before anything is written, and emits warnings and unverified
 * findings as notes. If Docker is missing, can be installed, and the operator agrees, installs it and checks again.
 *
 * @throws UnreadyHostError if a check has failed, with the findings of all checks
 */
export async function checkHost(
  subject: Subject,
  context: PreflightPorts,
  options: CheckOptions,
): Promise<Inspection> {
  const inspection = await withDocker(() => inspectHost(subject, context, options.skip), context, options);
  for (const text of describeNotes(inspection.findings)) {
    options.emit({ type: 'note', text });
  }
  refuseFailed(inspection.findings);
  return inspection;
}

/**
 * Checks only whether the host has Docker, or can get it: before questions whose answers would be in vain without it.
 * If it is missing, can be installed, and the operator agrees, installs it.
 *
 * @param directory the deployment directory, absolute; it need not exist
 * @throws UnreadyHostError if a check has failed
 */
export async function checkDocker(
  directory: string,
  context: PreflightPorts,
  options: CheckOptions,
): Promise<void> {
  const inspect = async () => ({ findings: await inspectDocker(directory, context, options.skip) });
  refuseFailed((await withDocker(inspect, context, options)).findings);
}

/** The result of an inspection; if it offers to install Docker and the operator agrees, of another one after that. */
async function withDocker<Result extends Pick<Inspection, 'findings'>>(
  inspect: () => Promise<Result>,
  context: PreflightPorts,
  { emit, chooseOffer }: CheckOptions,
): Promise<Result> {
  const inspection = await inspect();
  const offers = offersAgainst(inspection.findings);
  const chosen = offers.length > 0 && (await isRoot(context)) ? await chooseOffer(offers) : undefined;
  if (chosen === undefined) return inspection;
  await installDocker(chosen, context, emit);
  return inspect();
}

/** The offers that install all missing parts of Docker; none if the engine has a fault that no package fixes. */
function offersAgainst(findings: readonly Finding[]): Offer[] {
  const engine = findings.find(({ check, verdict }) => check === 'engine' && verdict === 'failed');
  return engine !== undefined && engine.offers === undefined
    ? []
    : joinOffers(findings.flatMap(({ offers = [] }) => offers));
}

async function isRoot(context: PreflightPorts): Promise<boolean> {
  return (await context.surroundings()).machine.isRoot();
}

/** How long a newly installed engine may take until it answers. */
const startSeconds = 30;

async function installDocker(offer: Offer, context: PreflightPorts, emit: Emit): Promise<void> {
  const { machine, network } = await context.surroundings();
  await machine.install(offer, { network, onProgress: (text) => emit({ type: 'note', text }) });
  // The packages start the engine. If it does not answer in time, the checks that follow report why.
  for (let waited = 0; waited < startSeconds && !(await answers(context)); waited++) {
    await context.clock.sleep(1000);
  }
}

async function answers(context: PreflightPorts): Promise<boolean> {
  return context.connectEngine().then(
    () => true,
    () => false,
  );
}

function describeNotes(findings: readonly Finding[]): string[] {
  const words = { warning: 'note', unverified: 'could not verify' } as const;
  return findings.flatMap(({ check, verdict, finding, remedy }) =>
    verdict === 'warning' || verdict === 'unverified'
      ? [`${words[verdict]} (${check}): ${finding}${remedy === '' ? '' : `. ${remedy}`}`]
      : [],
  );
}

function refuseFailed(findings: readonly Finding[]): void {
  const failures = findings.filter(({ verdict }) => verdict === 'failed');
  if (failures.length > 0) {
    throw new UnreadyHostError('this host is not ready; nothing was changed', {
      code: 'preflight.failed',
      details: failures.flatMap(({ check, finding, reason, remedy }, index) => [
        `${check}: ${finding}`,
        // All findings of one check have the same reason: it is shown once.
        ...(failures[index - 1]?.check === check ? [] : [`  ${reason}`]),
        `  ${remedy}`,
      ]),
      hint: 'Fix this, then run the same command again; --skip-check NAME skips a check.',
      findings,
    });
  }
}
