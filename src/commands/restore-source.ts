import { resolve } from 'node:path';
import type { Address, RepositoryPlace, RestPlace, S3Place, SftpPlace } from '../backup/place.ts';
import type { Context } from '../context.ts';
import type { Secret } from '../secrets/secret.ts';

/** The flags for the location of the backups, and for access to it. */
export interface SourceFlags {
  readonly from?: string;
  readonly credentialsFile?: string;
  readonly ca?: string;
  readonly region?: string;
  readonly knownHosts?: string;
}

/** @throws UsageError when --from is missing or is not a valid address */
export async function namedAddress({ from }: SourceFlags): Promise<Address> {
  const { UsageError } = await import('../errors.ts');
  const { parseAddress } = await import('../backup/place.ts');
  if (from === undefined) {
    throw new UsageError('the location of the backups is missing', {
      code: 'usage.from',
      hint: 'Name it: matrix-deploy restore --from <directory or address>.',
    });
  }
  const address = parseAddress(from);
  if (typeof address === 'string') {
    throw new UsageError(`the address of --from ${address}`, {
      code: 'usage.from',
      hint: 'As rest:https://backup.example.org:8000/matrix, or s3:https://s3.example.org/bucket/path.',
    });
  }
  return address;
}

/**
 * The location of the backups with its credentials. These come from a file, from standard input or from a terminal,
 * and never from an argument.
 *
 * @param scratch an existing directory that only the operator may access
 * @throws UsageError when credentials are missing
 */
export async function openedPlace(
  context: Context,
  address: Address,
  flags: SourceFlags,
  scratch: string,
): Promise<RepositoryPlace> {
  if (address.kind === 'local') {
    return { ...address, path: resolve(context.workingDirectory, address.path) };
  }
  if (address.kind === 'sftp') return { ...(await sshPlace(context, address, flags)), scratch };
  const ca = flags.ca === undefined ? undefined : await caOf(flags.ca, context);
  return { ...(await withLogin(context, address, flags)), ca };
}

async function withLogin(
  context: Context,
  address: Exclude<Address, { kind: 'local' | 'sftp' }>,
  { credentialsFile, region }: SourceFlags,
): Promise<RestPlace | S3Place> {
  const given = credentialsFile === undefined ? undefined : await readGiven(credentialsFile, context);
  if (address.kind === 's3') {
    const { user, password } = given ?? (await askBoth(context));
    const { Secret } = await import('../secrets/secret.ts');
    return { ...address, region, accessKey: new Secret(user), secretKey: password };
  }
  const { user, ...place } = address;
  // An address without a user stands for a server that needs no login.
  if (given === undefined && user === undefined) return place;
  return {
    ...place,
    login: given ?? { user: user ?? '', password: await ask(context, `Password of ${user}:`) },
  };
}

/** An ssh server whose host key is in a list of known hosts. The command does not ask to trust an unknown one. */
async function sshPlace(
  context: Context,
  address: Address & { kind: 'sftp' },
  { credentialsFile, knownHosts }: SourceFlags,
): Promise<Omit<SftpPlace, 'scratch'>> {
  const { UsageError } = await import('../errors.ts');
  if (credentialsFile === undefined) {
    throw new UsageError('the ssh key for the backup server is missing', {
      code: 'usage.credentials',
      hint: 'Name its file: --credentials-file <file> (- for the standard input).',
    });
  }
  const { readSecretFile } = await import('../host/given-files.ts');
  const { readIfExists } = await import('../host/files.ts');
  const identity = await readSecretFile(credentialsFile, context);
  const file = resolve(
    context.workingDirectory,
    knownHosts ?? `${context.environment.HOME}/.ssh/known_hosts`,
  );
  const known = await readIfExists(file);
  if (known === undefined) {
    throw new UsageError(`${file} does not exist; it must have the host key of the server`, {
      code: 'usage.known-hosts',
      hint: `Compare its key once: \`ssh -p ${address.port} ${address.user}@${address.host}\`; or name another file with --known-hosts.`,
    });
  }
  return { ...address, identity, knownHosts: known };
}

async function readGiven(file: string, context: Context) {
  const { readCredentials } = await import('../host/given-files.ts');
  return readCredentials(file, context);
}

async function caOf(file: string, context: Context): Promise<string> {
  const { readRoots } = await import('../host/given-files.ts');
  return readRoots(file, context, '--ca');
}

async function askBoth(context: Context): Promise<{ user: string; password: Secret }> {
  const user = await ask(context, 'Access key ID:');
  return { user: user.reveal(), password: await ask(context, 'Secret key:') };
}

async function ask(context: Context, message: string): Promise<Secret> {
  const { askUnkept, requireTerminal } = await import('../output/prompts.ts');
  const { secretOf } = await import('../host/given-files.ts');
  requireTerminal(context, '--credentials-file <file> (- for the standard input)');
  return secretOf((await askUnkept(context, message)).trim(), 'what was typed');
}
