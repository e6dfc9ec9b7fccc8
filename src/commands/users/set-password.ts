import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import { declareNewPassword, missingPassword, type NewPasswordFlags, newPassword } from '../new-password.ts';
import { requireAnswers } from '../require-answers.ts';
import { declareUserCommand, type UserSession } from './user-command.ts';

interface SetPasswordFlags extends NewPasswordFlags {
  readonly logOut?: boolean;
}

export function declareSetPassword(users: Command, context: Context): void {
  const summary = 'set a new password for a user';
  const examples = {
    'matrix-deploy users set-password bob': 'asks for it, and whether to log bob out',
    'matrix-deploy users set-password bob --generate-password --log-out': '',
  };
  declareNewPassword(
    declareUserCommand<SetPasswordFlags>(
      users,
      context,
      { name: 'set-password', summary, examples },
      setPassword,
    ),
  )
    .option('--log-out', 'log the user out everywhere, as after a theft')
    .option('--no-log-out', 'leave the user logged in');
}

async function setPassword(session: UserSession<SetPasswordFlags>): Promise<void> {
  const { context, flags, server, account, answer } = session;
  const unsaid = flags.logOut === undefined;
  await requireAnswers(context, [
    ...missingPassword(flags),
    ...(unsaid ? ['choose what happens to devices: --log-out or --no-log-out'] : []),
  ]);
  const procedure = await import('../../administration/accounts.ts');
  const password = await newPassword(context, flags, `New password for ${account.userId}`);
  const { secret, isGenerated } = await password();
  const loggedOut = flags.logOut ?? (await askLogOut(context));
  await procedure.setPassword(server, account, secret, loggedOut);
  answer(
    [
      `${account.userId} has a new password${loggedOut ? ', and is logged out everywhere' : ''}.`,
      ...(isGenerated ? [`It is ${secret.reveal()} (shown only once).`] : []),
    ],
    { userId: account.userId, loggedOut, ...(isGenerated ? { password: secret.reveal() } : {}) },
  );
}

async function askLogOut(context: Context): Promise<boolean> {
  const { askYesNo } = await import('../../output/prompts.ts');
  return askYesNo(context, 'Log the user out on every device? Encrypted messages may be lost.');
}
