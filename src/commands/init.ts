import { join } from 'node:path';
import { type Command, Option } from 'commander';
import type { Answers } from '../config/answers.ts';
import type { Interview } from '../config/interview.ts';
import type { Context } from '../context.ts';
import type { ServerRequest } from '../procedures/init.ts';
import type { SavedAnswers } from '../state/saved-answers.ts';
import { declareCommand, directoryFlag, endWithFindings, inSession, type Session } from './command.ts';
import type { Examples } from './examples.ts';
import { checkOptions, declareHostFlags, type HostFlags, skippedChecks } from './host-flags.ts';
import { readSupplies, readUpdateKey, type Supplies } from './init-supplies.ts';

/** A key of an answers file, in the form in which Commander names its flag. */
type FlagName<Key extends string> = Key extends `${infer First}_${infer Rest}`
  ? `${First}${Capitalize<FlagName<Rest>>}`
  : Key;

type AnswerFlags = { readonly [Key in keyof Answers as FlagName<Key>]?: Answers[Key] };

interface InitFlags extends HostFlags, Omit<AnswerFlags, 'skipChecks'> {
  readonly askPassword?: boolean;
  readonly answers?: string;
  readonly yes?: boolean;
}

const examples: Examples = {
  'matrix-deploy init': 'asks about six questions',
  'matrix-deploy init --local': 'on this machine only',
  'matrix-deploy init --yes --server-name example.org': 'asks nothing',
};

export function declareInit(program: Command, context: Context): void {
  declareHostFlags(
    declareCommand(
      program,
      'init',
      'set up a homeserver and its first admin; asks for what is not given',
      examples,
    ),
  )
    .option('--local', 'on this machine only, without a domain: loopback address, certificates of a local CA')
    .option('--server-name <name>', 'part after the colon in user IDs; permanent')
    .option(
      '--delegation <way>',
      'from the server name to the homeserver: well-known, elsewhere, srv, port-8448 or none',
    )
    .option('--host <name>', 'hostname that clients use (default: matrix.<server name>)')
    .option(
      '--edge <kind>',
      'proxy that already runs on this host: host-proxy or traefik (default: own, for none)',
    )
    .option('--traefik-network <name>', 'Docker network of the existing Traefik (default: detected)')
    .option('--traefik-entry-point <name>', 'its entry point for port 443 (default: detected)')
    .option('--traefik-resolver <name>', 'its certificate resolver, or none (default: detected)')
    .option('--traefik-middlewares <list>', 'its middlewares for all requests (default: none)')
    .option('--challenge <way>', 'how the CA checks the domain: tls-alpn, http, dns-update or dns-program')
    .option('--dns-server <name>', 'name server that takes updates of the zone (RFC 2136)')
    .option('--dns-key <name>', 'name of the TSIG key for them')
    .option('--dns-secret-file <file>', 'file with that key')
    .option('--dns-program <name>', 'program in traefik/extra that sets the DNS record')
    .option('--email <address>', 'contact address for the CA (default: none)')
    .option('--admin <name>', "the first admin's name (default: admin)")
    .option('--start', 'start the server (default)')
    .option('--no-start', 'only write matrix.yaml')
    .option('--password-file <file>', "file with the admin's password; - for the standard input")
    .addOption(
      new Option('--ask-password', "ask for the admin's password (default: one is generated)").conflicts(
        'passwordFile',
      ),
    )
    .option('--mail-host <name>', 'mail server through which the homeserver sends mail (default: no mail)')
    .addOption(new Option('--mail-port <port>', 'its port (default: 587)').argParser(Number))
    .option('--mail-tls <way>', 'encryption: starttls, implicit or none (default: starttls)')
    .option('--mail-user <name>', 'account on the mail server')
    .option('--mail-password-file <file>', 'file with the password of that account')
    .option('--mail-sender <address>', 'sender address of the mails')
    .option('--acme-directory <url>', "ACME directory of the CA (default: Let's Encrypt)")
    .option('--acme-roots <file>', 'PEM file with the CA certificates, for a private CA')
    .option('--answers <file>', 'YAML file with answers: server_name, host, email …')
    .option('-y, --yes', 'do not ask: accept the defaults and start')
    .action(inSession('init', context, init));
}

async function init(session: Session<InitFlags>): Promise<void> {
  const { context, flags, directory } = session;
  const { isDeployment } = await import('../state/directory.ts');
  const { readGiven } = await import('../procedures/gather-answers.ts');
  const { savedAnswers } = await import('../state/saved-answers.ts');
  const given = await readGiven(await answersOf(flags), flags.answers, context);
  // An unknown check is an error before the first question.
  await skippedChecks({ skipCheck: given.skip_checks ?? [] });
  const supplies = await readSupplies(context, given);
  const saved = savedAnswers(context.environment, directory);
  const { answers, confirm, secrets } = (await isDeployment(directory))
    ? await goOn(session, given)
    : await begin(session, given, saved, supplies);
  await setUp(session, answers, { ...supplies, secrets: { ...supplies.secrets, ...secrets }, confirm });
  await saved.remove();
}

type Confirm = ServerRequest['confirm'];

/** The answers for the set-up, and how to ask the operator to agree to the plan. */
interface Agreement {
  readonly answers: Answers;
  readonly confirm: Confirm;
  /** Secrets from files that were named in answers to questions, and not by flags. */
  readonly secrets?: Supplies['secrets'];
}

/** The answers for a new server. */
async function begin(
  session: Session<InitFlags>,
  given: Answers,
  saved: SavedAnswers,
  { roots }: Supplies,
): Promise<Agreement> {
  const { context, flags } = session;
  const { gatherAnswers } = await import('../procedures/gather-answers.ts');
  const { canAsk } = await import('../output/prompts.ts');
  const acceptOffers = flags.yes === true || given.local === true;
  const ask = acceptOffers || !canAsk(context) ? undefined : interviewer(session, saved, roots);
  const confirm = acceptOffers ? await agreement(session) : undefined;
  const answers = await gatherAnswers(given, { saved, acceptOffers, ask }, context);
  // After an interview the plan is only shown: the operator has given or accepted every answer.
  return {
    answers,
    confirm: ask === undefined ? confirm : showing(session),
    secrets: await readUpdateKey(answers, context),
  };
}

/** The answers when there is a matrix.yaml, which contains all of them except the admin. */
async function goOn(session: Session<InitFlags>, given: Answers): Promise<Agreement> {
  const { context, directory, reporter } = session;
  const { readRecord } = await import('../state/records.ts');
  const { layout } = await import('../layout.ts');
  const { loadConfig } = await import('../state/load-config.ts');
  const { compareWithConfig } = await import('../config/contradictions.ts');
  const { config } = await loadConfig(directory, context);
  const remarks = compareWithConfig(given, config);
  const { say } = await reporter();
  for (const remark of remarks) {
    say(remark);
  }
  const { admin } = await readRecord(join(directory, layout.setUp));
  return { answers: { admin, ...given }, confirm: await agreement(session) };
}

async function setUp(
  session: Session<InitFlags>,
  answers: Answers,
  supplies: Supplies & Pick<ServerRequest, 'confirm'>,
): Promise<void> {
  const { context, flags, directory, reporter, answer } = session;
  const { newConfigText, setUpServer } = await import('../procedures/init.ts');
  const { withSteps } = await import('../apply/steps.ts');
  const { describeWelcome } = await import('../output/welcome.ts');
  const { askNewPassword } = await import('../output/prompts.ts');
  const { admin = 'admin', start = true, skip_checks = [] } = answers;
  const request = {
    ...supplies,
    directory,
    newConfig: () => newConfigText(answers, context),
    admin,
    password: flags.askPassword ? await askNewPassword(context, `Password for ${admin}`) : supplies.password,
    start,
    checks: await checkOptions({ ...session, flags: { ...flags, skipCheck: skip_checks } }),
    confirm: start ? supplies.confirm : undefined,
  };
  const { event } = await reporter();
  const { result, steps } = await withSteps(event, (emit) => setUpServer(context, { ...request, emit }));
  const dirFlag = await directoryFlag(context, directory);
  answer(describeWelcome(result, await session.style(), dirFlag), { ...result, steps });
  endWithFindings(context, result.outside);
}

/** Asks the open questions, if the host has Docker or can get it. */
function interviewer(session: Session<InitFlags>, saved: SavedAnswers, roots: string | undefined) {
  return async (interview: Interview): Promise<Answers> => {
    const { context, directory, style } = session;
    const { checkDocker } = await import('../preflight/check-host.ts');
    await checkDocker(directory, context, await checkOptions(session));
    const { runWizard } = await import('../output/wizard.ts');
    const { lookAtName } = await import('../procedures/look-at-name.ts');
    return runWizard({ terminal: context, style: await style(context.stderr) }, interview, saved, (name) =>
      lookAtName(name, roots, context),
    );
  };
}

/** Shows the plan, with an empty line below it. */
function showing({ reporter }: Session<InitFlags>): Confirm {
  return async (plan) => {
    const { say } = await reporter();
    for (const line of [...plan, '']) {
      say(line);
    }
  };
}

/** Shows the plan and asks the operator to agree; `undefined` with --yes. */
async function agreement(session: Session<InitFlags>): Promise<Confirm> {
  const { context, flags, directory } = session;
  if (flags.yes) {
    return undefined;
  }
  const { confirm, requireTerminal } = await import('../output/prompts.ts');
  requireTerminal(context, '--yes');
  return async (plan) => {
    await showing(session)?.(plan);
    await confirm(context, { message: `Do this in ${directory}?`, flag: '--yes' });
  };
}

/** The flags that are also keys of an answers file, as answers. */
async function answersOf(flags: InitFlags): Promise<Answers> {
  const { answersSchema } = await import('../config/answers.ts');
  const given = new Map<string, unknown>(Object.entries(flags));
  const twins = Object.keys(answersSchema.shape).map((key) => [
    key,
    given.get(key.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase())),
  ]);
  const skipped = flags.skipCheck.length === 0 ? undefined : [...flags.skipCheck];
  return Object.fromEntries([...twins, ['skip_checks', skipped]].filter(([, value]) => value !== undefined));
}
