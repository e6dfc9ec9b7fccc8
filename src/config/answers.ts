import * as z from 'zod';
import { delegationKinds } from '../components/delegation.ts';
import { dnsSettings } from '../components/traefik/dns-challenge.ts';
import { edgeKinds, traefikEdge } from '../components/traefik/edge-options.ts';
import { dnsName } from '../identifiers/dns-name.ts';
import { httpsUrl } from '../identifiers/https-url.ts';
import { localpart } from '../identifiers/localpart.ts';
import type { ConfigIssue } from './issue.ts';
import { parseYamlFile } from './yaml-file.ts';

/** The answer that there is none, such as no email address. */
export const noneAnswer = 'none';

const emailRule = `must be an email address, or ${noneAnswer}`;

/** The questions of `init`, by their keys in an answers file. */
export const askedFor = {
  server_name: dnsName('Part after the colon in user IDs; permanent.'),
  delegation: z.enum(delegationKinds).describe('How the homeserver is found from the server name.'),
  host: dnsName('Hostname that clients use.'),
  edge: z
    .enum(edgeKinds)
    .describe(
      'Which proxy takes connections from the internet: this one, or one that already runs on this host.',
    ),
  traefik_network: traefikEdge.network,
  traefik_entry_point: traefikEdge.entry_point.unwrap(),
  traefik_resolver: z
    .string()
    .describe(
      `Its certificate resolver; ${noneAnswer} if its entry point names one, or if it reads the certificates from files.`,
    ),
  traefik_middlewares: z
    .string()
    .describe(`Its middlewares for all requests, separated by commas; ${noneAnswer} for none.`),
  challenge: z
    .enum(['tls-alpn', 'http', 'dns-update', 'dns-program'])
    .describe(
      'How the CA checks the domain: on port 443, on port 80, or by a DNS record that an update of the zone or a program sets.',
    ),
  dns_server: dnsSettings.server,
  dns_key: dnsSettings.key,
  dns_secret_file: z.string().describe('File with that key.'),
  dns_program: dnsSettings.program,
  email: z
    .union([z.literal(noneAnswer), z.email(emailRule)], emailRule)
    .describe('Contact address for the CA.'),
  admin: localpart("The first admin's name: the part of the user ID before the colon."),
  start: z.boolean().describe('Start the server at once; false only writes matrix.yaml.'),
};

/** An answers file: answers to the questions of `init`, and values of its other flags. */
export const answersSchema = z
  .strictObject({
    ...askedFor,
    local: z.boolean().describe('A server on this machine, without a domain.'),
    acme_directory: httpsUrl("The CA's ACME directory."),
    acme_roots: z.string().describe('PEM file with the CA certificates of a private CA.'),
    mail_host: z.string().describe('Mail server that takes the mail of the homeserver; none when absent.'),
    mail_port: z.int().describe('Its port.'),
    mail_tls: z.enum(['starttls', 'implicit', 'none']).describe('Encryption of the connection to it.'),
    mail_user: z.string().describe('Account on the mail server.'),
    mail_password_file: z.string().describe('File with its password.'),
    mail_sender: z.string().describe('Sender of the mails.'),
    password_file: z.string().describe("File with the first admin's password."),
    skip_checks: z.array(z.string()).describe('Checks of the host to skip.'),
  })
  .partial();

export type Answers = z.output<typeof answersSchema>;

export type QuestionName = keyof typeof askedFor;

export type AnswerValue = string | boolean;

/** Whether another proxy of this host has the certificates. */
export function hasOtherProxy({ edge }: Pick<Answers, 'edge'>): boolean {
  return edge === 'host-proxy' || edge === 'traefik';
}

/** The flag that corresponds to a key of an answers file. */
export function flagOf(name: string): string {
  return `--${name.replaceAll('_', '-')}`;
}

/**
 * Parses an answers file.
 *
 * @param name the file name in errors
 * @param rule checks several answers together, which the schema cannot do
 * @throws ConfigError with one line for every issue.
 */
export function parseAnswers(text: string, name: string, rule: (answers: Answers) => ConfigIssue[]): Answers {
  return parseYamlFile(text, { name, schema: answersSchema, rules: [rule] });
}
