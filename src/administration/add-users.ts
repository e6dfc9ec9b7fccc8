import { createHmac } from 'node:crypto';
import type { UserRow } from '../config/user-file.ts';
import { CancelledError, UserError } from '../errors.ts';
import { userIdOf } from '../identifiers/user-id.ts';
import { changeAccount, listAccounts, listDevices, logOutDevices } from '../matrix/accounts.ts';
import type { Homeserver } from '../matrix/homeserver.ts';
import { isPasswordOf } from '../matrix/log-in.ts';
import { registerSession } from '../matrix/registration.ts';
import { generatePassword, type RandomBytes } from '../secrets/generate.ts';
import type { Secret } from '../secrets/secret.ts';
import { type MadeUser, type MadeUsers, openMadeUsers } from '../state/made-users.ts';
import { type NewPasswords, openNewPasswords } from '../state/new-passwords.ts';
import { refuseTakenEmail } from './add-user.ts';
import { atOnce } from './at-once.ts';

/**
 * `made-before`: an earlier run created the user, for the same row. `exists`: the user exists for another or an
 * unknown reason; nothing of the account was changed.
 */
export type RowResult = 'made' | 'made-before' | 'exists' | 'failed' | 'not-begun';

export interface RowOutcome {
  readonly row: UserRow;
  readonly userId: string;
  readonly result: RowResult;
  /** Why the user could not be created. Absent for other results. */
  readonly problem?: string;
}

export interface AddUsersResult {
  /** In the order of the file. */
  readonly outcomes: readonly RowOutcome[];
  /** Absolute paths of the files with the passwords that were generated for these users. */
  readonly passwordFiles: readonly string[];
}

export interface AddUsersOptions {
  /** Absolute path of the file for new passwords. Its present content is kept. */
  readonly passwordsPath: string;
  /** How many users are created at a time. */
  readonly limit: number;
  readonly random: RandomBytes;
  /** Once it fires, no further user is created. */
  readonly interrupt: AbortSignal;
  onProgress(done: number, all: number): void;
}

/** The options and the state of one run. */
interface Run extends AddUsersOptions {
  readonly server: Homeserver;
  readonly made: MadeUsers;
  readonly passwords: NewPasswords;
  readonly passwordFiles: Set<string>;
}

/** A user to create, or a user that a dead run may have created without recording it. */
interface Candidate {
  readonly row: UserRow;
  readonly userId: string;
  readonly password: Secret;
  readonly isThere: boolean;
  /** The record to write before the user is created. */
  readonly record: MadeUser;
}

/**
 * Creates the users of a file who do not exist yet. Users that exist for another reason are not changed.
 *
 * Before the first user is created, the generated passwords and the records of the planned users are on the disk. So
 * a run may die at any moment, and the next run uses the same passwords. When a user exists whom a dead run may have
 * created, the first session of the account shows whether it did. Two runs at the same time are not supported.
 *
 * @throws UsageError when the file for passwords contains something else. A user who cannot be created is an outcome
 * with its problem.
 */
export async function addUsers(
  server: Homeserver,
  rows: readonly UserRow[],
  options: AddUsersOptions,
): Promise<AddUsersResult> {
  const made = await openMadeUsers(server.directory);
  const run = { ...options, server, made, passwords: openNewPasswords(), passwordFiles: new Set<string>() };
  try {
    const there = new Set(
      (await listAccounts(server.admin, { deactivated: true })).map(({ userId }) => userId),
    );
    const results = new Map<UserRow, Candidate | RowResult>();
    for (const row of rows) {
      results.set(row, await judge(run, row, there.has(userOf(server, row))));
    }
    const candidates = [...results.values()].filter((result) => typeof result === 'object');
    await run.passwords.save();
    await made.record(candidates.map(({ record }) => record));
    const done = await makeAll(run, candidates);
    const outcomes = rows.map((row): RowOutcome => {
      const judged = results.get(row);
      const result = typeof judged === 'string' ? judged : 'not-begun';
      return done.get(row) ?? { row, userId: userOf(server, row), result };
    });
    return { outcomes, passwordFiles: [...run.passwordFiles] };
  } finally {
    await made.close();
  }
}

async function judge(run: Run, row: UserRow, isThere: boolean): Promise<Candidate | RowResult> {
  const { server, made, passwords, passwordFiles } = run;
  const { localpart } = row;
  const recorded = made.find(localpart);
  const digest = digestOf(server.registrationSecret, row);
  const begun = recorded?.row === digest;
  if (isThere && !begun) {
    return 'exists';
  }
  const path = (begun ? recorded.passwords : undefined) ?? run.passwordsPath;
  const known = row.password ?? (await passwords.find(path, localpart));
  if (known !== undefined && row.password === undefined) {
    passwordFiles.add(path);
  }
  if (isThere && recorded?.made) {
    await endProvingSessions(run, userOf(server, row), recorded);
    return 'made-before';
  }
  if (isThere && known === undefined) {
    // Without the password, nothing shows whether a dead run created this user.
    return 'exists';
  }
  const password = known ?? (await makePassword(run, localpart));
  const passwordFile = row.password === undefined ? { passwords: known ? path : run.passwordsPath } : {};
  const record = { localpart, row: digest, made: false, ...passwordFile };
  return { row, userId: userOf(server, row), password, isThere, record };
}

async function makePassword({ passwords, passwordsPath, passwordFiles, random }: Run, localpart: string) {
  const password = generatePassword(random);
  await passwords.set(passwordsPath, localpart, password);
  passwordFiles.add(passwordsPath);
  return password;
}

async function makeAll(
  run: Run,
  candidates: readonly Candidate[],
): Promise<ReadonlyMap<UserRow, RowOutcome>> {
  const { limit, interrupt, onProgress } = run;
  const done = new Map<UserRow, RowOutcome>();
  let isUnreachable = false;
  const make = async (candidate: Candidate) => {
    const { row, userId } = candidate;
    try {
      done.set(row, { row, userId, result: await makeOne(run, candidate) });
    } catch (error) {
      if (error instanceof CancelledError) {
        return;
      }
      if (!(error instanceof UserError)) {
        throw error;
      }
      // Then the homeserver does not answer for the other users either.
      isUnreachable ||= error.code === 'matrix.unreachable';
      done.set(row, { row, userId, result: 'failed', problem: error.message });
    }
    onProgress(done.size, candidates.length);
  };
  await atOnce(candidates, limit, make, () => interrupt.aborted || isUnreachable);
  return done;
}

async function makeOne(run: Run, candidate: Candidate): Promise<RowResult> {
  const { server, made, passwords } = run;
  const { row, userId, password, isThere, record } = candidate;
  const { localpart, admin, displayName, email } = row;
  if (email !== undefined) {
    await refuseTakenEmail(server, email, userId);
  }
  const user = { localpart, password, admin, displayName };
  const mark = markOf(record);
  const session = isThere
    ? undefined
    : await registerSession(server.api, server.registrationSecret, user, mark);
  const isNew = session !== undefined;
  // An existing user may be from a dead run, or from a request of this run that the homeserver failed at.
  let marked = isNew ? [session.deviceId] : await markedDevices(server, userId, mark);
  if (marked.length === 0) {
    // The homeserver may have died after it created the account and before it opened the session. Or the session did
    // not exist yet when its devices were listed.
    if (!(await isPasswordOf(server.api, localpart, password))) {
      await made.record([{ localpart, row: '', made: false }]);
      await forgetPassword(passwords, record);
      return 'exists';
    }
    marked = await markedDevices(server, userId, mark);
  }
  if (email !== undefined) {
    await changeAccount(server.admin, userId, { threepids: [{ medium: 'email', address: email }] });
  }
  const noted = { ...record, made: true, ...(marked.length > 0 && { sessions: marked }) };
  await made.record([noted]);
  await endProvingSessions(run, userId, noted);
  return isNew ? 'made' : 'made-before';
}

/**
 * The name of the first session of an account that is created for a row. Nobody else knows the name before the
 * account exists.
 */
function markOf({ row }: MadeUser): string {
  return `matrix-deploy add-user ${row}`;
}

/** Ends the sessions that prove which run created an account, once this is recorded. */
async function endProvingSessions({ server, made }: Run, userId: string, { sessions, ...record }: MadeUser) {
  if (sessions !== undefined) {
    await logOutDevices(server.admin, userId, sessions);
    await made.record([record]);
  }
}

async function markedDevices({ admin }: Homeserver, userId: string, mark: string): Promise<string[]> {
  const devices = await listDevices(admin, userId);
  return devices.filter(({ name }) => name === mark).map(({ id }) => id);
}

/** Removes a generated password from its file when it is not the password of the existing user. */
async function forgetPassword(passwords: NewPasswords, { localpart, passwords: path }: MadeUser) {
  if (path !== undefined) {
    await passwords.set(path, localpart, undefined);
    await passwords.save();
  }
}

/** Identifies a row among others with the same name. The password cannot be derived from the digest. */
function digestOf(key: Secret, { localpart, password }: UserRow): string {
  const fields = [localpart, password?.reveal() ?? ''];
  return createHmac('sha256', key.reveal()).update(fields.join('\0')).digest('base64url');
}

function userOf({ stack }: Homeserver, { localpart }: UserRow): string {
  return userIdOf(localpart, stack.serverName);
}
