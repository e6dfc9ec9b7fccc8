import { type Command, Option } from 'commander';
import type { OtherAccount } from '../administration/talk/other-account.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../errors.ts';
import { declareCommand, endWithFindings, inSession, type Session } from './command.ts';
import { requireAnswers } from './require-answers.ts';

interface VerifyFlags {
  readonly talk?: boolean;
  readonly otherServer?: string;
  readonly otherUser?: string;
  readonly otherPasswordFile?: string;
  readonly otherTokenFile?: string;
}

export function declareVerify(program: Command, context: Context): void {
  declareCommand(
    program,
    'verify',
    'check the server from outside, by its public names; exit code 8 if something is wrong',
    {
      'matrix-deploy verify': '',
      'matrix-deploy verify --talk': 'tests an encrypted conversation',
      'matrix-deploy verify --talk --other-server https://matrix.org --other-user you': '',
      'matrix-deploy verify --json --quiet': 'for a program',
    },
  )
    .option('--talk', 'test encrypted messages between temporary accounts')
    .option('--other-server <url>', 'with --talk: URL of another homeserver, as clients use it')
    .option('--other-user <user>', 'your account there')
    .option(
      '--other-password-file <file>',
      'file with its password; - for the standard input (default: asked for)',
    )
    .addOption(
      new Option(
        '--other-token-file <file>',
        'file with an access token of that account instead; its session is ended afterwards; - for the standard input',
      ).conflicts(['otherUser', 'otherPasswordFile']),
    )
    .action(inSession<VerifyFlags>('verify', context, verify));
}

async function verify(session: Session<VerifyFlags>): Promise<void> {
  const { context, directory, flags, style, answer } = session;
  refuseContradictions(flags);
  const { loadConfig } = await import('../state/load-config.ts');
  const { verifyDeployment } = await import('../procedures/bring-up.ts');
  const { describeOutside } = await import('../output/outside.ts');
  const { config } = await loadConfig(directory, context);
  const other = await otherAccount(context, flags);
  const findings = await verifyDeployment({ directory, config }, context);
  const seen = describeOutside(findings, await style());
  if (!flags.talk) {
    answer(seen, { findings });
    endWithFindings(context, findings);
    return;
  }
  const { talk } = await import('../administration/talk/talk.ts');
  const { describeTalk } = await import('../output/talk.ts');
  const reporter = await session.reporter();
  reporter.moment('having accounts talk with one another, encrypted');
  const messages = await talk({ directory, config }, other, context);
  const talked = describeTalk(messages, other === undefined, await style());
  answer([...seen, ...talked], { findings, talk: messages });
  endWithFindings(context, [...findings, ...messages]);
}

function refuseContradictions({ talk, ...other }: VerifyFlags): void {
  const { otherServer, otherUser, otherPasswordFile, otherTokenFile } = other;
  const isNamed = [otherServer, otherUser, otherPasswordFile, otherTokenFile].some(Boolean);
  if (isNamed && !talk) {
    throw new UsageError('the --other-… options need --talk', {
      code: 'usage.talk',
      hint: 'Add --talk, or leave out the --other-… options.',
    });
  }
  if (isNamed && (otherServer === undefined || (otherUser ?? otherTokenFile) === undefined)) {
    throw new UsageError('the other server needs an address and an account', {
      code: 'usage.talk',
      hint: 'Give --other-server <url>, and --other-user <user> or --other-token-file <file>.',
    });
  }
}

async function otherAccount(context: Context, flags: VerifyFlags): Promise<OtherAccount | undefined> {
  const { otherServer, otherUser, otherPasswordFile, otherTokenFile } = flags;
  if (otherServer === undefined) return undefined;
  const url = originOf(otherServer);
  const { readSecretFile } = await import('../host/given-files.ts');
  if (otherUser === undefined) {
    return { url, token: await readSecretFile(otherTokenFile ?? '-', context, '--other-token-file') };
  }
  if (otherPasswordFile !== undefined) {
    const password = await readSecretFile(otherPasswordFile, context, '--other-password-file');
    return { url, user: otherUser, password };
  }
  await requireAnswers(context, [
    'password of the other account: --other-password-file <file> (- for the standard input)',
  ]);
  const { askSecret } = await import('../output/prompts.ts');
  return { url, user: otherUser, password: await askSecret(context, `Password of ${otherUser}:`) };
}

/** Requires https, because passwords and tokens are sent there. */
function originOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:' || url.username !== '' || !['', '/'].includes(url.pathname + url.search)) {
    throw new UsageError(`--other-server must be a URL such as https://matrix.example.org, not ${text}`, {
      code: 'usage.other-server',
      hint: 'Use the m.homeserver URL of https://SERVER_NAME/.well-known/matrix/client.',
    });
  }
  return url.origin;
}
