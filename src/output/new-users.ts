import type { AddUsersResult, RowOutcome, RowResult } from '../administration/add-users.ts';
import { printable } from '../printable.ts';
import type { Style } from './style.ts';
import { withHeader } from './table.ts';

const words: Readonly<Record<RowResult, string>> = {
  made: 'created',
  'made-before': 'exists already',
  exists: 'existed before; not changed',
  failed: 'failed',
  'not-begun': 'not created yet',
};

/**
 * The result for each user of a file, and where the passwords are.
 *
 * @param homeserver the name that users enter in a client
 */
export function describeNewUsers(
  { outcomes, passwordFiles }: AddUsersResult,
  homeserver: string,
  style: Style,
): string[] {
  const made = outcomes.filter(({ result }) => result === 'made').length;
  const rows = outcomes.map((outcome) => [outcome.userId, describeOutcome(outcome)]);
  return [
    style.bold(`${made} of ${outcomes.length} users ${made === 1 ? 'was' : 'were'} created.`),
    '',
    ...withHeader(['USER', 'RESULT'], rows, { style }),
    '',
    `Users enter ${homeserver} as their homeserver.`,
    ...passwordFiles.map(
      (path) => `The generated passwords are in ${path}: delete the file once the users have them.`,
    ),
  ];
}

/** The result for a user, in words. */
export function describeOutcome({ result, problem }: RowOutcome): string {
  return problem === undefined ? words[result] : `${words[result]}: ${printable(problem)}`;
}
