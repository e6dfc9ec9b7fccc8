import { type Command, Option } from 'commander';
import type { AddedUser, AddUserResult } from '../administration/add-user.ts';
import type { Context } from '../context.ts';
import { UsageError, UserError } from '../errors.ts';
import type { Secret } from '../secrets/secret.ts';
import type { FromFlags } from './add-user-file.ts';
import {
  type CardFlags,
  cardFileLines,
  declareCard,
  prepareCard,
  type WriteCard,
  type WrittenCard,
} from './card.ts';
import { declareCommand, inSession, type Session } from './command.ts';
import type { Examples } from './examples.ts';
import { declareNewPassword, missingPassword, type NewPasswordFlags, newPassword } from './new-password.ts';
import { requireAnswers } from './require-answers.ts';

interface AddUserFlags extends NewPasswordFlags, FromFlags, CardFlags {
  readonly admin?: boolean;
  readonly displayName?: string;
  readonly email?: string;
  readonly from?: string;
}

const examples: Examples = {
  'matrix-deploy add-user bob': 'asks for a password',
  'matrix-deploy add-user bob --generate-password': 'prints a new one, once',
  'matrix-deploy add-user eve --admin --display-name "Eve L." --email e@b.org': '',
  'matrix-deploy add-user --from users.csv': 'all users of a CSV file',
  'pass show bob | matrix-deploy add-user bob --password-file - --exists-ok': '',
};

export function declareAddUser(program: Command, context: Context): void {
  const command = declareCommand(
    program,
    'add-user',
    'create a user, and print what the user needs to log in',
    examples,
  )
    .argument('[name]', 'part of the user ID before the colon; asked for when absent')
    .option('--admin', 'make the user an admin')
    .option('--display-name <text>', 'name that others see (default: the name)')
    .option('--email <address>', 'email address of the user')
    .option('--exists-ok', 'succeed and change nothing if the user exists')
    .addOption(
      new Option(
        '--from <file>',
        'CSV file of users, or - for the standard input; columns: name, password, admin, display_name, email',
      ).conflicts(['admin', 'displayName', 'email', 'passwordFile', 'generatePassword', 'card', 'cardFile']),
    )
    .option(
      '--passwords-to <file>',
      'file for the generated passwords of users of --from (default: in secrets/)',
    );
  declareCard(declareNewPassword(command)).action((name: string | undefined, flags) =>
    inSession<AddUserFlags>('add-user', context, (session) => addUser(session, name))(flags),
  );
}

async function addUser(session: Session<AddUserFlags>, given: string | undefined): Promise<void> {
  const { context, flags, directory } = session;
  if (flags.from !== undefined) {
    return addUsersFrom(session, flags.from, given);
  }
  if (flags.passwordsTo !== undefined) {
    throw new UsageError('--passwords-to needs --from', { code: 'usage' });
  }
  await requireAnswers(context, [...missingName(given), ...missingPassword(flags)]);
  const [procedure, { openHomeserver }] = await Promise.all([
    import('../administration/add-user.ts'),
    import('../matrix/homeserver.ts'),
  ]);
  const localpart = procedure.checkLocalpart(given ?? (await askName(context)));
  const email = flags.email === undefined ? undefined : await checkEmail(flags.email);
  const writeCard = await prepareCard(context, flags, 'with --exists-ok and another --card-file');
  const password = await newPassword(context, flags, `Password for ${localpart}`);
  if (flags.admin && missingPassword(flags).length > 0) {
    await explainAdmin(session);
  }
  const server = await openHomeserver(context, directory);
  const { secret, isGenerated } = await password();
  const [added, show] = await Promise.all([
    procedure.addUser(server, {
      localpart,
      email,
      admin: flags.admin ?? false,
      displayName: flags.displayName,
      existsOk: flags.existsOk ?? false,
      password: secret,
    }),
    // Loaded while the homeserver hashes the password.
    prepareAnswer(session, writeCard),
  ]);
  await show(added, added.user.created && isGenerated ? secret : undefined);
}

async function addUsersFrom(
  session: Session<AddUserFlags>,
  file: string,
  name: string | undefined,
): Promise<void> {
  if (name !== undefined) {
    throw new UsageError(`the users are those of ${file}: ${name} cannot be added`, { code: 'usage' });
  }
  const { addUsersFrom: add } = await import('./add-user-file.ts');
  return add(session, file);
}

/** Explains what an admin is, before the prompt for the password. */
async function explainAdmin({ reporter }: Session<AddUserFlags>): Promise<void> {
  const [{ adminMeaning }, { terminalWidth, wrapWords }, { say }] = await Promise.all([
    import('../config/admin.ts'),
    import('../output/wrap.ts'),
    reporter(),
  ]);
  for (const line of wrapWords(adminMeaning, terminalWidth)) say(line);
}

function missingName(name: string | undefined): string[] {
  return name === undefined ? ['name: matrix-deploy add-user <name>'] : [];
}

async function askName(context: Context): Promise<string> {
  const { askText } = await import('../output/prompts.ts');
  return askText(context, 'Name, the part of the user ID before the colon:');
}

async function checkEmail(given: string): Promise<string> {
  const { emailIn } = await import('../identifiers/email.ts');
  const email = emailIn(given);
  if (email === undefined) {
    throw new UsageError(`${JSON.stringify(given)} is not an email address`, { code: 'usage.email' });
  }
  return email;
}

/**
 * Returns the function that writes the answer about a new user. If something has failed after the user was created,
 * it throws the failure only after the answer, because the password is shown only once.
 */
async function prepareAnswer({ context, flags, answer, style }: Session<AddUserFlags>, writeCard: WriteCard) {
  const [{ describeNewUser }, chosenStyle] = await Promise.all([import('../output/new-user.ts'), style()]);
  return async ({ user, failure }: AddedUser, generated: Secret | undefined) => {
    const { lines, written } = await cardOf(user, flags, writeCard);
    answer([...(await describeNewUser(user, generated, context, chosenStyle)), ...lines], {
      ...user,
      password: generated?.reveal(),
      cardFile: written?.path,
    });
    if (failure !== undefined) throw joined(failure, written?.failure);
    if (written?.failure !== undefined) throw written.failure;
  };
}

/** The first failure, with the message of a second one as a detail. */
function joined(first: UserError, second: UserError | undefined): UserError {
  const { message, code, hint } = first;
  return second === undefined ? first : new UserError(message, { code, hint, details: [second.message] });
}

/** The card that the flags ask for: its lines in the answer, and the result of writing its file. */
async function cardOf(
  user: AddUserResult,
  { card, cardFile }: CardFlags,
  write: WriteCard,
): Promise<{ lines: string[]; written?: WrittenCard }> {
  if (!card && cardFile === undefined) return { lines: [] };
  const { cardOfUser, cardText, withRecovery } = await import('../output/card.ts');
  const newCard = cardOfUser(user);
  const written = await write(newCard);
  const text = card ? ['', ...cardText(withRecovery(newCard))] : [];
  return { lines: [...text, ...cardFileLines(written)], written };
}
