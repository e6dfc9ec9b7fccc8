import { isAbsolute, normalize } from 'node:path';
import * as z from 'zod';
import { secretNamePattern, secretNameRule } from '../components/secret-reference.ts';
import { composeFile, layout } from '../layout.ts';

/**
 * Files and directories of the deployment itself. Backups in them would be mistaken for its data, or deleted with it.
 */
const taken = [layout.config, layout.secrets, layout.data, layout.cache, layout.state, composeFile];

/** Why a directory of the deployment cannot be a target. */
export const isOfTheDeployment = 'must not be in a directory of the deployment, such as data or secrets';

const path = z
  .string()
  .refine((text) => text !== '' && !/[:\p{Cc}\ufffd]/u.test(text), 'must be a path without a colon')
  .refine((text) => text === normalize(text).replace(/(?<=.)\/$/, ''), 'must be a path without .. and //')
  .refine((text) => isAbsolute(text) || !taken.includes(text.split('/')[0] ?? ''), isOfTheDeployment)
  .refine((text) => text !== '/' && text !== '.', 'must be a directory for backups alone')
  .describe(
    'Directory that the backups are kept in: absolute, or below the deployment directory. The directory above it must exist.',
  );

/** A secret value, which is in a file of its own: matrix.yaml has only its name. */
const secret = z
  .strictObject(
    {
      from_secret: z.string().regex(secretNamePattern, `must be a secret's name: ${secretNameRule}`),
    },
    'must be { from_secret: NAME }; `matrix-deploy secrets set NAME` sets it',
  )
  .describe('A secret that was set with `matrix-deploy secrets set`, by its name: { from_secret: NAME }.');

/** A word in an address of restic. It has no white space, so that it fits on one line of a file. */
const word = z.string().regex(/^[^\s\p{Cc}]{1,512}$/u, 'must be a word without spaces');

const caFile = z
  .string()
  .regex(/^[^:\p{Cc}\ufffd]+$/u, 'must be a path without a colon')
  .optional()
  .describe(
    'File with the CA certificates (PEM) by which the server is recognized: absolute, or below the deployment directory. The default is the public CAs.',
  );

/** The URL of a server. A password in it is refused, because everybody who can read matrix.yaml would see it. */
function serverUrl(what: string) {
  return z
    .string()
    .refine((text) => urlProblem(text) === undefined, {
      error: ({ input }) => urlProblem(String(input)) ?? '',
    })
    .describe(what);
}

function urlProblem(text: string): string | undefined {
  if (!URL.canParse(text) || /\s/.test(text)) return 'must be an address such as https://backup.example.org';
  const { protocol, username, password, search, hash } = new URL(text);
  if (protocol !== 'https:' && protocol !== 'http:') return 'must begin with https:// or http://';
  if (username !== '' || password !== '')
    return 'must not have a user or password: set user and password beside it';
  return search === '' && hash === '' ? undefined : 'must end with its path';
}

const local = z.strictObject({ kind: z.literal('local').describe('A directory of this host.'), path });

const rest = z
  .strictObject({
    kind: z.literal('rest').describe("A server of restic's own kind (rest-server)."),
    url: serverUrl(
      'Its address, with the path of the repository, such as https://backup.example.org:8000/matrix.',
    ),
    user: word.optional().describe('User of the server.'),
    password: secret.optional(),
    ca: caFile,
  })
  .refine(({ user, password }) => (user === undefined) === (password === undefined), {
    path: ['password'],
    error: 'must be set together with user',
  });

const s3 = z.strictObject({
  kind: z.literal('s3').describe('A bucket of S3, or of storage that is compatible with it.'),
  endpoint: serverUrl('Address of the storage, such as https://s3.eu-central-1.amazonaws.com.').refine(
    (text) => URL.canParse(text) && new URL(text).pathname === '/',
    'must be an address without a path: set bucket beside it',
  ),
  bucket: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of a bucket')
    .describe('Bucket, which must exist.'),
  prefix: z
    .string()
    .regex(/^[^/\s\p{Cc}]+(\/[^/\s\p{Cc}]+)*$/u, 'must be a path in the bucket, without / at either end')
    .optional()
    .describe('Path in the bucket below which the backups are.'),
  region: word.optional().describe('Region of the bucket, if the storage needs it.'),
  access_key: secret,
  secret_key: secret,
  ca: caFile,
});

const sftp = z.strictObject({
  kind: z.literal('sftp').describe('A directory of a machine with an ssh server.'),
  host: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$/, 'must be a name or an IPv4 address')
    .describe('Name or address of the machine.'),
  port: z.int().min(1).max(65535).default(22).describe('Port of its ssh server.'),
  user: z
    .string()
    .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/, 'must be the name of a user')
    .describe('User there.'),
  path: z
    .string()
    .regex(/^[^\s:'"\\\p{Cc}]+$/u, 'must be a path without spaces, quotes and colons')
    .describe('Directory there: absolute, or below the home of the user.'),
  identity: secret
    .optional()
    .describe(
      'The private ssh key, without a passphrase: { from_secret: NAME }. The default is one that matrix-deploy creates.',
    ),
  host_key: z
    .string()
    .regex(
      /^(SHA256:[A-Za-z0-9+/]{43}|(ssh|ecdsa)-\S+ [A-Za-z0-9+/]+=*( .*)?)$/,
      'must be a fingerprint such as SHA256:…, or a public key as in ssh_host_ed25519_key.pub',
    )
    .optional()
    .describe(
      'The key of the machine, or its fingerprint. Without it, `backup check-target` shows the fingerprints and asks.',
    ),
});

/** A backup target of one of the kinds. */
export const backupTarget = z.discriminatedUnion('kind', [local, rest, s3, sftp], {
  error: 'must have a kind: local, rest, s3 or sftp',
});

export type BackupTarget = z.output<typeof backupTarget>;
export type SecretName = z.output<typeof secret>;
