import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import type { Examples } from '../examples.ts';
import { answerChange, declareUserCommand, type UserSession } from './user-command.ts';

interface ForceFlags {
  readonly force?: boolean;
}

const evenTheLastAdmin = ['--force', 'even the last admin'] as const;

/** Declares the commands that give and take admin rights, and that lock and unlock accounts. */
export function declareRights(users: Command, context: Context): void {
  const promote = { name: 'promote', summary: 'make a user an admin', examples: exampleOf('promote') };
  const demote = { name: 'demote', summary: 'make an admin an ordinary user', examples: exampleOf('demote') };
  const lock = {
    name: 'lock',
    summary: 'lock a user out; their data stay',
    examples: exampleOf('lock'),
  };
  const unlock = { name: 'unlock', summary: 'let a locked user log in again', examples: exampleOf('unlock') };
  declareUserCommand<ForceFlags>(users, context, promote, (session) => changeAdmin(session, true));
  declareUserCommand<ForceFlags>(users, context, demote, (session) => changeAdmin(session, false)).option(
    ...evenTheLastAdmin,
  );
  declareUserCommand<ForceFlags>(users, context, lock, (session) => changeLock(session, true)).option(
    ...evenTheLastAdmin,
  );
  declareUserCommand<ForceFlags>(users, context, unlock, (session) => changeLock(session, false));
}

function exampleOf(verb: string): Examples {
  return { [`matrix-deploy users ${verb} bob`]: '' };
}

async function changeAdmin(session: UserSession<ForceFlags>, to: boolean): Promise<void> {
  const { setAdmin } = await import('../../administration/accounts.ts');
  const changed = await setAdmin(session.server, session.account, to, session.flags.force);
  const is = to ? 'an admin' : 'no admin';
  answerChange(session, changed, { done: `is ${is} now`, before: `is ${is}` });
}

async function changeLock(session: UserSession<ForceFlags>, to: boolean): Promise<void> {
  const { setLocked } = await import('../../administration/accounts.ts');
  const changed = await setLocked(session.server, session.account, to, session.flags.force);
  const is = to ? 'locked' : 'not locked';
  answerChange(session, changed, { done: `is ${is} now`, before: `is ${is}` });
}
