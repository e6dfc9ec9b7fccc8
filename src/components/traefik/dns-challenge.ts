import * as z from 'zod';
import { hostLabel, isLoopback } from '../../identifiers/host-name.ts';
import type { BundleFile, BundleSpec, StackContext } from '../component.ts';
import { isSecretName, isUrlWithPassword } from '../plain-secret.ts';
import { isReference, referenceTo, secretIn, secretNamePattern } from '../secret-reference.ts';
import type { Mount, Tmpfs } from '../service.ts';

const namePattern = new RegExp(`^(?=.{1,253}$)${hostLabel}(?:\\.${hostLabel})*\\.?$`, 'i');
const serverPattern = new RegExp(
  `^(?:(?=.{1,253}(?::|$))${hostLabel}(?:\\.${hostLabel})*|\\[[0-9a-f:]+\\])(?::[1-9][0-9]{0,4})?$`,
  'i',
);

const secretReference = (example: string) =>
  z.strictObject(
    { from_secret: z.string().regex(secretNamePattern) },
    {
      error: `must be { from_secret: NAME }, after \`matrix-deploy secrets set ${example}\`: no secret stands in this file`,
    },
  );

/** Hash functions of TSIG (RFC 8945, section 6) that both BIND and Traefik accept. MD5 is not one of them. */
const algorithms = ['hmac-sha256', 'hmac-sha512', 'hmac-sha384', 'hmac-sha224', 'hmac-sha1'] as const;

/** The settings without which a DNS record cannot be set. */
export const dnsSettings = {
  server: z
    .string()
    .regex(serverPattern, 'must be a name server, such as ns1.example.org or 192.0.2.53:5353')
    .refine(
      (server) => !isLoopback(server.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')),
      'must not be a loopback address: the container of the proxy is another place',
    )
    .describe('Name server that accepts the updates, with its port unless that is 53.'),
  key: z
    .string()
    .regex(namePattern, 'must be the name of a key, such as matrix.example.org')
    .describe('Name of the TSIG key (RFC 8945) on the name server.'),
  program: z
    .string()
    .regex(/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/, 'must be a file name in traefik/extra')
    .describe('Its file name in traefik/extra, below the deployment directory.'),
};

/** How the DNS record is set by which a CA verifies control of a name (RFC 8555, section 8.4). */
export const dnsOption = z
  .discriminatedUnion('by', [
    z.strictObject({
      by: z.literal('update').describe('A dynamic update to a name server of the zone (RFC 2136).'),
      server: dnsSettings.server,
      key: dnsSettings.key,
      algorithm: z.enum(algorithms).default('hmac-sha256').describe('The hash function of the key.'),
      secret: secretReference('dns_update').describe(
        'The key, in Base64 as `tsig-keygen` prints it: { from_secret: NAME }, which `matrix-deploy secrets set NAME` sets. Never in this file.',
      ),
    }),
    z.strictObject({
      by: z
        .literal('program')
        .describe(
          'A program of your own in traefik/extra. It runs in the container of the proxy, as `PROGRAM present _acme-challenge.example.org. TEXT` before and `PROGRAM cleanup …` after, and ends with 0 when the record is set or gone.',
        ),
      program: dnsSettings.program,
      environment: z
        .record(
          z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'must be a name in capital letters, such as API_TOKEN'),
          // A message of our own: the usual one repeats the value.
          z.union([z.string(), secretReference('dns_token')], {
            error: 'must be text in quotes, or { from_secret: NAME }',
          }),
        )
        .superRefine((environment, context) => {
          for (const [name, value] of Object.entries(environment)) {
            if (typeof value !== 'string' || !isPlainSecret(name, value)) continue;
            const secret = name.toLowerCase().slice(0, 64);
            context.addIssue({
              code: 'custom',
              path: [name],
              message: 'must not hold a secret: every user of this host can read docker-compose.yml',
              params: {
                hint: `run \`matrix-deploy secrets set ${secret}\`, then write ${name}: ${referenceTo(secret)}; the program finds the path of a file with it in ${name}_FILE`,
              },
            });
          }
        })
        .default({})
        .describe(
          'Environment variables for it. In place of a secret write { from_secret: NAME }: the program finds the path of a file with it in the variable, to whose name _FILE is added.',
        ),
    }),
  ])
  .describe('How to set the DNS record that proves control of a name. Required with challenge: dns.');

function isPlainSecret(name: string, value: string): boolean {
  return value !== '' && (isSecretName(name) || isUrlWithPassword(value));
}

/** How the DNS record of a challenge is set. */
export type DnsChallenge = z.infer<typeof dnsOption>;

/** Names of the bundles that the proxy gets from the operator: files of secrets, and the files of traefik/extra. */
const secretsBundle = 'traefik_secrets';
const extraBundle = 'traefik_extra';
const extraDirectory = 'traefik/extra';
const inContainer = { secrets: '/run/secrets/given', extra: '/etc/traefik/extra' } as const;

/** The additional parts of the container of the proxy for a DNS challenge. */
interface ChallengeSupport {
  readonly environment: Readonly<Record<string, string>>;
  readonly bundles: readonly BundleSpec[];
  readonly mounts: readonly Mount[];
  readonly tmpfs: readonly Tmpfs[];
}

/** The name that Traefik has for the way to set the record: a provider of lego, the library that it uses. */
export function dnsProvider({ by }: DnsChallenge): string {
  return by === 'update' ? 'rfc2136' : 'exec';
}

/**
 * In seconds: how long Traefik waits until all name servers of the zone have the record, and its pauses between two
 * looks and between two names.
 */
const propagation = { PROPAGATION_TIMEOUT: '120', POLLING_INTERVAL: '2', SEQUENCE_INTERVAL: '1' } as const;

/**
 * How Traefik is configured to set the record. The providers of lego read environment variables; for a secret, they
 * read the file that a variable ending in `_FILE` names (go-acme.github.io/lego/dns, `rfc2136` and `exec`).
 */
export function challengeSupport(
  dns: DnsChallenge,
  { bundle }: Pick<StackContext, 'bundle'>,
): ChallengeSupport {
  const secretFile = (name: string) => `${inContainer.secrets}/${name}`;
  const secretMount = mountOf(bundle(secretsBundle), inContainer.secrets);
  if (dns.by === 'update') {
    return {
      environment: {
        RFC2136_NAMESERVER: dns.server,
        RFC2136_TSIG_KEY: dns.key,
        RFC2136_TSIG_ALGORITHM: `${dns.algorithm}.`,
        RFC2136_TSIG_SECRET_FILE: secretFile(dns.secret.from_secret),
        ...prefixed('RFC2136_', propagation),
      },
      bundles: [secretsOf([dns.secret.from_secret])],
      mounts: secretMount,
      tmpfs: [],
    };
  }
  const variables = Object.entries(dns.environment);
  const secrets = variables.flatMap(([, value]) => secretIn(value) ?? []);
  return {
    environment: {
      ...Object.fromEntries(
        variables.map(([name, value]) =>
          isReference(value) ? [`${name}_FILE`, secretFile(secretIn(value) ?? '')] : [name, String(value)],
        ),
      ),
      EXEC_PATH: `${inContainer.extra}/${dns.program}`,
      ...prefixed('EXEC_', propagation),
    },
    bundles: [
      secretsOf([...new Set(secrets)]),
      { name: extraBundle, files: [], from: extraDirectory, named: [dns.program], isExecutable: true },
    ],
    mounts: [...secretMount, ...mountOf(bundle(extraBundle), inContainer.extra)],
    tmpfs: [{ target: '/tmp', sizeMegabytes: 16, mode: 0o1777 }],
  };
}

function secretsOf(names: readonly string[]): BundleSpec {
  return {
    name: secretsBundle,
    files: names.map((name): BundleFile => ({ name, kind: 'secret', secret: name })),
  };
}

function mountOf(source: string | undefined, target: string): Mount[] {
  return source === undefined ? [] : [{ source, target }];
}

function prefixed(prefix: string, values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}${name}`, value]));
}
