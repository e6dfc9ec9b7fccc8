import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import type { Account } from '../../matrix/accounts.ts';
import type { Homeserver } from '../../matrix/homeserver.ts';
import type { Table } from '../../output/table.ts';
import { type CommandWords, declareCommand, inSession, type Session } from '../command.ts';
import { openServer } from '../open-server.ts';

/** The session of a command about one user. */
export interface UserSession<Flags> extends Session<Flags> {
  readonly server: Homeserver;
  readonly account: Account;
}

/** Starts the declaration of a command about one user. */
export function declareUserCommand<Flags extends object>(
  users: Command,
  context: Context,
  { name, summary, examples }: CommandWords,
  action: (session: UserSession<Flags>) => Promise<void>,
): Command {
  return declareCommand(users, name, summary, examples)
    .argument('<user>', 'name or user ID')
    .action((user: string, flags) =>
      inSession<Flags>(`users ${name}`, context, async (session) => {
        const { requireUser } = await import('../../administration/accounts.ts');
        const server = await openServer(session);
        await action({ ...session, server, account: await requireUser(server, user) });
      })(flags),
    );
}

/** How tables are formatted: time, style and width. */
export async function tableFor({ context, style }: Session<object>): Promise<Table> {
  return { now: context.clock.now(), style: await style(), columns: context.stdout.columns };
}

/** Answers with the change, or that no change was necessary. */
export function answerChange(
  { answer, account }: UserSession<object>,
  changed: boolean,
  { done, before }: { done: string; before: string },
): void {
  const { userId } = account;
  answer([changed ? `${userId} ${done}.` : `No changes: ${userId} ${before}.`], { userId, changed });
}
