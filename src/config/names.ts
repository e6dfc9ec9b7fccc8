import * as z from 'zod';
import { localpartProblem } from './localpart.ts';

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
