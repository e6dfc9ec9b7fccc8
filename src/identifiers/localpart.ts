import * as z from 'zod';
import { talkAccountPrefix, toolAccount } from './user-id.ts';

/** A new user's localpart. */
export function localpart(description: string) {
  return z
    .string()
    .superRefine((name, context) => {
      const message = localpartProblem(name);
      if (message !== undefined) {
        context.addIssue({ code: 'custom', message });
      }
    })
    .describe(description);
}

/**
 * Why a name cannot be the localpart of a new user, the part of the user ID before the colon; `undefined` when it can
 * (Matrix appendices, "User Identifiers", and Synapse's own check_username).
 */
export function localpartProblem(name: string): string | undefined {
  if (!/^[a-z0-9._=/+-]{1,100}$/.test(name)) {
    return 'must be small letters, digits and . _ = / + -, without @ and server name, such as admin';
  }
  if (name.startsWith('_')) {
    return 'must not begin with _, which bridges use';
  }
  if (/^\d+$/.test(name)) {
    return 'must not be digits only, which are for guests';
  }
  return name === toolAccount || name.startsWith(talkAccountPrefix)
    ? 'must be another one: matrix-deploy itself uses this account'
    : undefined;
}

/** Guesses a localpart from a person's name or a user ID: `bob.smith` from `Bob Smith`; `undefined` if it cannot. */
export function localpartIn(text: string): string | undefined {
  const name = text
    .trim()
    .replace(/^@/, '')
    .replace(/:.*$/, '')
    // Splits a letter with an accent into two characters; the accent is removed below.
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/\s+/g, '.')
    .replaceAll(/[^a-z0-9._=/+-]/g, '')
    .replace(/^[._]+|[._]+$/g, '');
  return localpartProblem(name) === undefined ? name : undefined;
}
