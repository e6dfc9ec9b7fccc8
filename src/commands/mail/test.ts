import { type Command, InvalidArgumentError } from 'commander';
import type { Context } from '../../context.ts';
import { UsageError } from '../../errors.ts';
import { declareCommand, endWithFindings, inSession, type Session } from '../command.ts';

interface Flags {
  readonly dkimSelector?: string;
}

export function declareTest(mail: Command, context: Context): void {
  declareCommand(
    mail,
    'test',
    "send a message as the homeserver does, and judge the sender's domain; exit code 8 if something is wrong",
    {
      'matrix-deploy mail test you@example.org': '',
      'matrix-deploy mail test you@example.org --dkim-selector mail2026': '',
    },
  )
    .argument('<address>', 'recipient')
    .option(
      '--dkim-selector <name>',
      'name of the DKIM key: what follows s= in the signature (default: the usual names)',
      parseSelector,
    )
    .action((address: string, flags) =>
      inSession<Flags>('mail test', context, (session) => test(session, address))(flags),
    );
}

async function test(
  { context, flags, directory, style, answer }: Session<Flags>,
  address: string,
): Promise<void> {
  const { emailIn } = await import('../../identifiers/email.ts');
  if (emailIn(address) === undefined) {
    throw new UsageError(`${JSON.stringify(address)} is not an email address`, { code: 'usage.email' });
  }
  const { loadConfig } = await import('../../state/load-config.ts');
  const { testMail } = await import('../../procedures/mail/test-mail.ts');
  const { describeMail } = await import('../../output/mail.ts');
  const { config } = await loadConfig(directory, context);
  const request = { directory, config, to: address, dkimSelector: flags.dkimSelector };
  const report = await testMail(request, context);
  answer(describeMail(report, await style()), report);
  endWithFindings(context, report.findings);
}

function parseSelector(text: string): string {
  if (!/^[a-z0-9][a-z0-9._-]{0,62}$/i.test(text)) {
    throw new InvalidArgumentError('It must be a name of letters, digits, dots and -.');
  }
  return text.toLowerCase();
}
