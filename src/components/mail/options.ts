import * as z from 'zod';
import { hostNamePattern, isLoopback } from '../../identifiers/host-name.ts';
import { isPlainUrl } from '../../identifiers/https-url.ts';
import { portOption } from '../options.ts';
import { secretNamePattern } from '../secret-reference.ts';

const hostPattern = new RegExp(hostNamePattern(), 'i');
/**
 * `Matrix <matrix@example.org>` or the address alone. Synapse replaces text after a percent sign, and splits a name
 * with special characters of RFC 5322.
 */
const senderPattern = /^(?:[^<>@%"\p{Cc},;:()[\]\\]+ <([^<>\s%]+)>|([^<>\s%]+))$/u;

/** The kinds of encryption, each with its usual port (RFC 8314, section 3.3; RFC 5321, section 4.5.4.2). */
export const usualPorts = { starttls: 587, implicit: 465, none: 25 } as const;

/** The address in a sender; `undefined` where it has none. */
export function addressIn(sender: string): string | undefined {
  const [, named, plain] = senderPattern.exec(sender) ?? [];
  const address = named ?? plain;
  return z.email().safeParse(address).success ? address : undefined;
}

/** The section `mail` of matrix.yaml. */
export const options = z
  .strictObject({
    host: z
      .string()
      .refine(
        (host) => hostPattern.test(host) || z.union([z.ipv4(), z.ipv6()]).safeParse(host).success,
        'must be the name of a mail server, such as mail.example.org',
      )
      .nullable()
      .default(null)
      .describe(
        'Mail server that sends the mail of the homeserver, such as mail.example.org; null sends no mail. Without mail, users cannot reset a forgotten password themselves.',
      ),
    port: portOption
      .optional()
      .describe('Its port. Follows from tls when absent: 587 for starttls, 465 for implicit, 25 for none.'),
    tls: z
      .enum(['starttls', 'implicit', 'none'])
      .default('starttls')
      .describe(
        'Encryption of the connection: starttls (it begins in plain text and must change to TLS), implicit (TLS from the first byte), or none, which takes no password and is for a relay on your own network.',
      ),
    user: z.string().min(1).optional().describe('Account on the mail server; none when absent.'),
    password: z
      .strictObject(
        { from_secret: z.string().regex(secretNamePattern) },
        {
          error:
            'must be { from_secret: NAME }, after `matrix-deploy secrets set NAME`: no secret stands in this file',
        },
      )
      .optional()
      .describe(
        'Its password, as { from_secret: NAME }, which `matrix-deploy secrets set NAME` sets. Never in this file.',
      ),
    sender: z
      .string()
      .refine(
        (text) => addressIn(text) !== undefined,
        'must be an address such as matrix@example.org, or "Matrix <matrix@example.org>"',
      )
      .optional()
      .describe(
        'Sender of the mails: matrix@example.org, or "Matrix <matrix@example.org>". The mail server must allow the account to use it.',
      ),
    client_url: z
      .string()
      .refine(
        (text) => /^https?:\/\//.test(text) && isPlainUrl(text),
        'must be a URL that begins with https:// or http://',
      )
      .optional()
      .describe(
        'Web client that links in mails open, such as https://app.element.io. The default is https://matrix.to, where people choose a client.',
      ),
    notifications: z
      .boolean()
      .default(true)
      .describe(
        'Email users about missed messages, if they turn that on in their client. false: only mails that users request, such as password resets.',
      ),
    notify_after: z
      .string()
      .regex(/^[1-9][0-9]{0,4}[smhd]$/, 'must be a time such as 10m or 2h')
      .default('10m')
      .describe(
        'How long a message stays unread before its user is emailed, in seconds (30s), minutes, hours or days.',
      ),
  })
  .superRefine((chosen, context) => {
    for (const { path, message, hint } of issuesOf(chosen)) {
      context.addIssue({ code: 'custom', path: [path], message, params: { hint } });
    }
  })
  .describe('How the homeserver sends mail: docs/mail.md.');

export type MailOptions = z.infer<typeof options>;

interface Issue {
  readonly path: keyof MailOptions;
  readonly message: string;
  readonly hint: string;
}

const needing = ['port', 'user', 'password', 'sender', 'client_url'] as const;

/** Problems that no option has by itself, but only together with others. */
function issuesOf(chosen: MailOptions): Issue[] {
  const { host, tls, user, password, sender } = chosen;
  if (host === null) {
    return needing
      .filter((name) => chosen[name] !== undefined)
      .map((path) => ({
        path,
        message: 'has no effect without mail.host',
        hint: 'set mail.host to the name of the mail server',
      }));
  }
  return [
    ...(isLoopback(host)
      ? [
          {
            path: 'host' as const,
            message: `is ${host}, which is the container of the homeserver itself, where nobody takes mail`,
            hint: 'name this machine by its name or by an address that containers reach, and let its mail server listen there',
          },
        ]
      : []),
    ...(sender === undefined
      ? [
          {
            path: 'sender' as const,
            message: 'is missing',
            hint: 'name the sender of the mails, such as "Matrix <matrix@example.org>"',
          },
        ]
      : []),
    ...((user === undefined) !== (password === undefined)
      ? [
          {
            path: user === undefined ? ('user' as const) : ('password' as const),
            message: `is missing, and mail.${user === undefined ? 'password' : 'user'} is there`,
            hint: 'set both, or none for a server that needs no account',
          },
        ]
      : []),
    ...(tls === 'none' && password !== undefined
      ? [
          {
            path: 'tls' as const,
            message: 'is none, and the password would be sent for everybody to read',
            hint: 'set it to starttls or implicit, or leave out mail.user and mail.password',
          },
        ]
      : []),
  ];
}
