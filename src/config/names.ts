import { z } from 'zod';

const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const hostName = new RegExp(`^(?=.{1,230}$)${label}(?:\\.${label})*$`);

/**
 * A DNS name in lower case, as both a server name and a homeserver host must be here. The Matrix specification
 * (appendices, "Server Name") also allows addresses and ports in a server name; neither can get a certificate
 * and a delegation of its own, and neither can be changed later.
 */
export function dnsName(description: string) {
  return z
    .string()
    .regex(hostName, 'must be a DNS name in lower case, without scheme, port or path, such as example.org')
    .describe(description);
}

/** Can an authority issue a certificate for a DNS name? */
export function isPublicName(name: string): boolean {
  return name.includes('.') && !name.endsWith('.localhost');
}

/** The DNS name that somebody probably meant who wrote a user ID, a web address, or capitals. */
export function dnsNameIn(text: string): string | undefined {
  const name = text
    .trim()
    .toLowerCase()
    .replace(/^(?:[a-z]+:\/\/|@[^:]*:)/, '')
    .replace(/[/:?#].*$/, '')
    .replace(/\.$/, '');
  return hostName.test(name) ? name : undefined;
}

/** The account that matrix-deploy itself works with. */
export const toolAccount = 'matrix-deploy';

/** Its user ID. */
export function toolUserId(serverName: string): string {
  return `@${toolAccount}:${serverName}`;
}

/**
 * What is wrong with a name for a new user's localpart, the part of the user ID before the colon; `undefined` where
 * nothing is (Matrix appendices, "User Identifiers", and Synapse's own check_username).
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
  return name === toolAccount
    ? 'must be another one: matrix-deploy itself works with this account'
    : undefined;
}

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

/** The localpart that somebody probably meant who wrote a person's name or a user ID: `Bob Smith` gives `bob.smith`. */
export function localpartIn(text: string): string | undefined {
  const name = text
    .trim()
    .replace(/^@/, '')
    .replace(/:.*$/, '')
    // A letter with its accent as two characters, of which the second one goes.
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/\s+/g, '.')
    .replaceAll(/[^a-z0-9._=/+-]/g, '')
    .replace(/^[._]+|[._]+$/g, '');
  return localpartProblem(name) === undefined ? name : undefined;
}

/** A URL of ASCII without white space: programs differ in what they make of any other. */
export function httpsUrl(description: string) {
  return z
    .string()
    .refine(
      (text) => /^https:\/\/[!-~]+$/.test(text) && URL.canParse(text),
      'must be a URL that begins with https://',
    )
    .describe(description);
}
