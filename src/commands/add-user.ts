import type { Command } from 'commander';
import type { Context } from '../context.ts';
import type { AddUserResult } from '../procedures/add-user.ts';
import type { Secret } from '../secrets/secret.ts';
import { declareCommand, inSession, type Session } from './command.ts';
import type { Examples } from './examples.ts';
import { declareNewPassword, missingPassword, type NewPasswordFlags, newPassword } from './new-password.ts';
import { requireAnswers } from './require-answers.ts';

interface AddUserFlags extends NewPasswordFlags {
  readonly admin?: boolean;
  readonly displayName?: string;
  readonly email?: string;
  readonly existsOk?: boolean;
}

const examples: Examples = {
  'matrix-deploy add-user bob': 'asks for a password',
  'matrix-deploy add-user bob --generate-password': 'makes one, and shows it once',
  'matrix-deploy add-user eve --admin --display-name "Eve L." --email e@b.org': '',
  'pass show bob | matrix-deploy add-user bob --password-file - --exists-ok': '',
};

export function declareAddUser(program: Command, context: Context): void {
  const command = declareCommand(program, 'add-user', 'make a user, and say how they begin', examples)
    .argument('[name]', 'part of the user ID before the colon; asked for when absent')
    .option('--admin', 'an admin of the server')
    .option('--display-name <text>', 'what others see (default: the name)')
    .option('--email <address>', 'of the person')
    .option('--exists-ok', 'succeed, and change nothing, when there is such a user');
  declareNewPassword(command).action((name: string | undefined, flags) =>
    inSession<AddUserFlags>('add-user', context, (session) => addUser(session, name))(flags),
  );
}

async function addUser(session: Session<AddUserFlags>, given: string | undefined): Promise<void> {
  const { context, flags, directory } = session;
  await requireAnswers(context, [...missingName(given), ...missingPassword(flags)]);
  const { localpart, email } = await checked(given ?? (await askName(context)), flags.email);
  const password = await newPassword(context, flags, `Password for ${localpart}`);
  const { openHomeserver } = await import('../matrix/homeserver.ts');
  const procedure = await import('../procedures/add-user.ts');
  let generated: Secret | undefined;
  const result = await procedure.addUser(await openHomeserver(context, directory), {
    localpart,
    email,
    admin: flags.admin ?? false,
    displayName: flags.displayName,
    existsOk: flags.existsOk ?? false,
    async password() {
      const { secret, isGenerated } = await password();
      generated = isGenerated ? secret : undefined;
      return secret;
    },
  });
  await show(session, result, generated);
}

function missingName(name: string | undefined): string[] {
  return name === undefined ? ['name: matrix-deploy add-user <name>'] : [];
}

async function askName(context: Context): Promise<string> {
  const { askText } = await import('../output/prompts.ts');
  return askText(context, 'Name, the part of the user ID before the colon:');
}

async function checked(name: string, email: string | undefined) {
  const { checkEmail, checkLocalpart } = await import('../procedures/add-user.ts');
  return { localpart: checkLocalpart(name), email: email === undefined ? undefined : checkEmail(email) };
}

async function show(
  { context, answer, style }: Session<AddUserFlags>,
  result: AddUserResult,
  generated: Secret | undefined,
): Promise<void> {
  const { describeNewUser } = await import('../output/new-user.ts');
  const shown = result.created ? generated : undefined;
  answer(describeNewUser(result, shown, context, await style()), { ...result, password: shown?.reveal() });
}
