import { dirname, join, resolve } from 'node:path';
import type { AddUsersResult, RowResult } from '../administration/add-users.ts';
import type { UserRow } from '../config/user-file.ts';
import type { Context } from '../context.ts';
import { CancelledError, UsageError, UserError } from '../errors.ts';
import { layout } from '../layout.ts';
import { shellWord } from '../shell-word.ts';
import type { Session } from './command.ts';
import { openServer } from './open-server.ts';
import { afterBackups } from './waiting.ts';

export interface FromFlags {
  readonly passwordsTo?: string;
  readonly existsOk?: boolean;
}

/** Creates the users of a file: `add-user --from`. */
export async function addUsersFrom(session: Session<FromFlags>, file: string): Promise<void> {
  const { context, flags, directory, answer, reporter, style } = session;
  const path = await passwordsPath(session);
  const rows = await readRows(file, context);
  const { addUsersAlone } = await import('../procedures/add-users.ts');
  const { describeNewUsers } = await import('../output/new-users.ts');
  const { random, interrupt, clock } = context;
  const { machine } = await context.surroundings();
  const { count } = await reporter();
  const { server, result } = await afterBackups(session, async () => {
    const opened = await openServer(session);
    const begun = clock.now().getTime();
    const made = await addUsersAlone(context, opened, rows, {
      directory,
      passwordsPath: path,
      // One more than the processors, so that all of them hash passwords while one user is written to the disk.
      limit: machine.cores() + 1,
      random,
      interrupt,
      onProgress: (done, all) => count({ done, all, milliseconds: clock.now().getTime() - begun }),
    });
    return { server: opened, result: made };
  });
  const homeserver = server.stack.delegation.clientUrl;
  answer(describeNewUsers(result, homeserver, await style()), {
    homeserver,
    users: result.outcomes.map(({ row, ...outcome }) => ({ line: row.line, ...outcome })),
    passwordFiles: result.passwordFiles,
  });
  await endWithUnmade(result, flags, interrupt);
}

async function readRows(file: string, context: Context): Promise<readonly UserRow[]> {
  const { readUsers } = await import('../host/given-files.ts');
  const { parseUserFile } = await import('../config/user-file.ts');
  const { listed } = await import('../config/schema-wording.ts');
  const { text, isOpen } = await readUsers(file, context);
  const { rows, mistakes } = parseUserFile(text);
  if (mistakes.length > 0) {
    throw new UsageError(`${file === '-' ? 'the standard input' : file} is not valid`, {
      code: 'usage.users',
      details: listed(mistakes, (mistake) => mistake),
      hint: 'No user was created.',
    });
  }
  if (isOpen && rows.some(({ password }) => password !== undefined)) {
    throw new UsageError(`others can read ${file}, where passwords are`, {
      code: 'usage.password-file',
      hint: `Run \`chmod 600 ${shellWord(file)}\`. If somebody may have read it already, choose other passwords.`,
    });
  }
  return rows;
}

/**
 * The file for generated passwords: the one of --passwords-to, or one file a day in secrets/.
 *
 * @throws UsageError when nothing can be written to the directory that --passwords-to names
 */
async function passwordsPath({ context, flags, directory }: Session<FromFlags>): Promise<string> {
  if (flags.passwordsTo === undefined) {
    const day = context.clock.now().toISOString().slice(0, 10);
    return join(directory, layout.secrets, `new-passwords-${day}.csv`);
  }
  const path = resolve(context.workingDirectory, flags.passwordsTo);
  const { whyNotWritable } = await import('../host/files.ts');
  const problem = await whyNotWritable(dirname(path));
  if (problem !== undefined) {
    throw new UsageError(`cannot write passwords to ${shellWord(path)}: ${problem}`, {
      code: 'usage.passwords-to',
      hint: 'No user was created. Choose a file in a directory that exists and that you can write to.',
    });
  }
  return path;
}

/** @throws UserError that lists the users who were not created; CancelledError after an interrupt. */
async function endWithUnmade(
  { outcomes }: AddUsersResult,
  { existsOk }: FromFlags,
  interrupt: AbortSignal,
): Promise<void> {
  const { describeOutcome } = await import('../output/new-users.ts');
  const wrong: readonly RowResult[] = ['failed', 'not-begun', ...(existsOk ? [] : ['exists' as const])];
  const unmade = outcomes.filter(({ result }) => wrong.includes(result));
  if (unmade.length === 0) {
    return;
  }
  const message = `${unmade.length} of ${outcomes.length} users were not created`;
  const details = unmade.map((one) => `line ${one.row.line}: ${one.userId} ${describeOutcome(one)}`);
  if (interrupt.aborted) {
    const hint = 'Run the same command again to continue.';
    throw new CancelledError(`interrupted: ${message}`, { code: 'user.interrupted', hint });
  }
  const existed = unmade.every(({ result }) => result === 'exists');
  throw new UserError(message, {
    code: existed ? 'user.exists' : 'user.not-made',
    details,
    hint: existed
      ? 'With --exists-ok this is no error.'
      : 'Run the same command again to create the missing users.',
  });
}
