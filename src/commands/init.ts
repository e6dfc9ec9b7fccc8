import type { Command } from 'commander';
import type { Answers } from '../config/answers.ts';
import type { Interview } from '../config/interview.ts';
import type { Context } from '../context.ts';
import type { ServerRequest } from '../procedures/init.ts';
import type { Secret } from '../secrets/secret.ts';
import type { SavedAnswers } from '../state/saved-answers.ts';
import { declareCommand, endWithFindings, inSession, type Session } from './command.ts';
import { checkOptions, declareHostFlags, type HostFlags, skippedChecks } from './host-flags.ts';

interface InitFlags extends HostFlags {
  readonly serverName?: string;
  readonly delegation?: Answers['delegation'];
  readonly host?: string;
  readonly email?: string;
  readonly admin?: string;
  readonly start?: boolean;
  readonly local?: boolean;
  readonly acmeDirectory?: string;
  readonly acmeRoots?: string;
  readonly passwordFile?: string;
  readonly askPassword?: boolean;
  readonly answers?: string;
  readonly yes?: boolean;
}

export function declareInit(program: Command, context: Context): void {
  declareHostFlags(
    declareCommand(program, 'init', 'set up a homeserver and its first admin; asks what it is not told'),
  )
    .option('--local', 'on this machine, without a domain: loopback only, with certificates of its own')
    .option('--server-name <name>', 'part after the colon in user IDs; permanent')
    .option('--delegation <way>', 'from the server name to the homeserver: well-known or none')
    .option('--host <name>', 'where clients reach the homeserver (default: matrix.<server name>)')
    .option('--email <address>', 'for the certificate authority (default: none)')
    .option('--admin <name>', "the first admin's name (default: admin)")
    .option('--start', 'start the server (default)')
    .option('--no-start', 'only write matrix.yaml')
    .option('--password-file <file>', "file with the admin's password; - for the standard input")
    .option('--ask-password', "ask for the admin's password (default: one is generated)")
    .option('--acme-directory <url>', "the certificate authority, if not Let's Encrypt")
    .option('--acme-roots <file>', 'PEM file with the roots of that authority, if it is a private one')
    .option('--answers <file>', 'YAML file with answers: server_name, host, email …')
    .option('-y, --yes', 'ask nothing: take the defaults, and do it')
    .action(inSession('init', context, init));
}

async function init(session: Session<InitFlags>): Promise<void> {
  const { context, flags, directory } = session;
  // Told before anything is asked.
  await skippedChecks(flags);
  const { isDeployment } = await import('../state/directory.ts');
  const { readGiven } = await import('../procedures/gather-answers.ts');
  const { savedAnswers } = await import('../state/saved-answers.ts');
  const given = await readGiven(answersOf(flags), flags.answers, context);
  const saved = savedAnswers(context.environment, directory);
  await ((await isDeployment(directory)) ? goOn(session, given, saved) : begin(session, given, saved));
  await saved.remove();
}

/** Sets up a server where there is none. */
async function begin(session: Session<InitFlags>, given: Answers, saved: SavedAnswers): Promise<void> {
  const { context, flags } = session;
  const { gatherAnswers } = await import('../procedures/gather-answers.ts');
  const { canAsk } = await import('../output/prompts.ts');
  const { yes = false } = flags;
  const acceptOffers = yes || given.local === true;
  const ask = acceptOffers || !canAsk(context) ? undefined : interviewer(session, saved);
  const answers = await gatherAnswers(given, { saved, acceptOffers, ask }, context);
  // Whoever has given every answer, or has agreed to all of them, is not asked once more.
  const agreed = ask === undefined ? undefined : showing(session);
  await setUp(session, answers, acceptOffers ? await agreement(session) : agreed);
}

/** Goes on where there is a matrix.yaml: it has the answers. */
async function goOn(session: Session<InitFlags>, given: Answers, saved: SavedAnswers): Promise<void> {
  const { directory, reporter } = session;
  const { loadConfig } = await import('../config/load.ts');
  const { compareWithConfig } = await import('../config/contradictions.ts');
  const { config } = await loadConfig(directory);
  const remarks = compareWithConfig(given, config);
  const { say } = await reporter();
  for (const remark of remarks) {
    say(remark);
  }
  await setUp(session, { ...(await saved.read()), ...given }, await agreement(session));
}

type Confirm = ServerRequest['confirm'];

async function setUp(session: Session<InitFlags>, answers: Answers, confirm: Confirm): Promise<void> {
  const { context, directory, reporter, answer } = session;
  const { readRoots } = await import('../host/given-files.ts');
  const { newConfigText, setUpServer } = await import('../procedures/init.ts');
  const { describeWelcome } = await import('../output/welcome.ts');
  const { acme_roots, admin = 'admin', start = true } = answers;
  const result = await setUpServer(context, {
    directory,
    newConfig: () => newConfigText(answers),
    roots: acme_roots === undefined ? undefined : await readRoots(acme_roots, context),
    admin,
    password: await givenPassword(session, answers.password_file, admin),
    start,
    checks: await checkOptions(session),
    emit: (await reporter()).event,
    confirm: start ? confirm : undefined,
  });
  answer(describeWelcome(result, await session.style()), result);
  endWithFindings(context, result.outside);
}

async function givenPassword(
  { context, flags }: Session<InitFlags>,
  file: string | undefined,
  admin: string,
): Promise<Secret | undefined> {
  if (file !== undefined) {
    const { readPassword } = await import('../host/given-files.ts');
    return readPassword(file, context);
  }
  if (flags.askPassword) {
    const { askNewPassword } = await import('../output/prompts.ts');
    return askNewPassword(context, `Password for ${admin}`);
  }
  return undefined;
}

function interviewer({ context, style }: Session<InitFlags>, saved: SavedAnswers) {
  return async (interview: Interview): Promise<Answers> => {
    const { runWizard } = await import('../output/wizard.ts');
    return runWizard({ terminal: context, style: await style(context.stderr) }, interview, saved);
  };
}

/** Shows the plan. */
function showing({ reporter }: Session<InitFlags>): Confirm {
  return async (plan) => {
    const { say } = await reporter();
    for (const line of plan) {
      say(line);
    }
  };
}

/** Shows the plan and asks, unless --yes says it all. */
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

/** The flags that have a twin in an answers file, as that. */
function answersOf(flags: InitFlags): Answers {
  const twins: Answers = {
    server_name: flags.serverName,
    delegation: flags.delegation,
    host: flags.host,
    email: flags.email,
    admin: flags.admin,
    start: flags.start,
    local: flags.local,
    acme_directory: flags.acmeDirectory,
    acme_roots: flags.acmeRoots,
    password_file: flags.passwordFile,
  };
  return Object.fromEntries(Object.entries(twins).filter(([, value]) => value !== undefined));
}
