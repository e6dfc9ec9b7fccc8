import { type Command, Option } from 'commander';
import { describeDockerOffer, type Offer, type Origin, origins } from '../host/install/offer.ts';
import type { CheckOptions } from '../preflight/check-host.ts';
import type { CheckName } from '../preflight/finding.ts';
import type { Session } from './command.ts';

/** The flags of a command that checks the host before it changes anything. */
export interface HostFlags {
  readonly skipCheck: readonly string[];
  readonly installDocker?: boolean;
  readonly installDockerFrom?: Origin;
  readonly yes?: boolean;
}

export function declareHostFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--skip-check <name>', 'skip a check of the host; can be repeated')
        .argParser((name: string, before: readonly string[]) => [...before, name])
        .default([], 'none'),
    )
    .option('--install-docker', "install Docker if it is missing, from the distribution's packages")
    .addOption(
      new Option(
        '--install-docker-from <place>',
        'the same, with the source of the packages: the distribution or docker.com',
      ).choices(origins),
    );
}

/**
 * The checks to skip.
 *
 * @throws UsageError for an unknown name.
 */
export async function skippedChecks({ skipCheck }: HostFlags): Promise<ReadonlySet<CheckName>> {
  if (skipCheck.length === 0) {
    return new Set();
  }
  const { checkNames } = await import('../preflight/finding.ts');
  const known: ReadonlySet<string> = new Set(checkNames);
  const unknown = skipCheck.find((name) => !known.has(name));
  if (unknown !== undefined) {
    const { nearestName } = await import('../identifiers/nearest.ts');
    const { UsageError } = await import('../errors.ts');
    const meant = nearestName(unknown, known);
    throw new UsageError(`unknown check ${unknown}`, {
      code: 'usage.check',
      hint: `${meant === undefined ? '' : `Did you mean ${meant}? `}The checks are: ${checkNames.join(', ')}.`,
    });
  }
  return new Set(skipCheck as readonly CheckName[]);
}

/** The options of the checks of the host, from the flags. */
export async function checkOptions(session: Session<HostFlags>): Promise<CheckOptions> {
  return {
    skip: await skippedChecks(session.flags),
    emit: (await session.reporter()).event,
    chooseOffer: (offers) => chooseOffer(offers, session),
  };
}

/**
 * The offer that a flag names or, on a terminal, the first offer if the operator agrees. Shows first what it does.
 */
async function chooseOffer(
  offers: readonly Offer[],
  { context, flags, reporter }: Session<HostFlags>,
): Promise<Offer | undefined> {
  const { canAsk, agrees } = await import('../output/prompts.ts');
  const place = flags.installDockerFrom ?? (flags.installDocker ? 'distribution' : undefined);
  const named = offers.find(({ from }) => from === place);
  const offer = named ?? (flags.yes || !canAsk(context) ? undefined : offers[0]);
  if (offer === undefined) {
    return undefined;
  }
  const { event } = await reporter();
  // The explanation of a question is shown even with --quiet.
  const say = (text: string) =>
    offer === named ? event({ type: 'note', text }) : context.stderr.write(`${text}\n`);
  for (const line of offer.from === 'docker.com' ? describeDockerOffer(offer) : []) {
    say(line);
  }
  return offer === named || (await agrees(context, ...questionOf(offer))) ? offer : undefined;
}

/** Trusting another package archive needs an explicit yes: Enter alone means no. */
function questionOf(offer: Offer): [message: string, byDefault: boolean] {
  return offer.from === 'distribution'
    ? [`Docker is missing. Install ${offer.packages.join(', ')} with apt-get?`, true]
    : ["The packages of this release have no Compose 2. Install Docker's own?", false];
}
