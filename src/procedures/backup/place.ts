import { isAbsolute } from 'node:path';
import { type Deployment, inDirectory } from '../../apply/deployment.ts';
import type { RepositoryPlace } from '../../backup/place.ts';
import type { BackupTarget, SecretName } from '../../config/backup-targets.ts';
import { ConfigError } from '../../errors.ts';
import { exists, readIfExists } from '../../host/files.ts';
import { layout, secretPath, sshKey } from '../../layout.ts';
import type { Secret } from '../../secrets/secret.ts';
import { newSshKey, sshPublicKey } from '../../secrets/ssh-key.ts';
import { readGivenSecret } from '../../state/given-secrets.ts';
import { readSecret, writeSecret } from '../../state/secrets.ts';
import { knownHosts } from './host-key.ts';

/**
 * A target of matrix.yaml with the secrets, CA certificates and host keys that are needed to connect to it.
 *
 * @throws ConfigError for a secret that is not set, or a missing file; BackupError for an unknown host key
 */
export async function openPlace(
  { directory }: Pick<Deployment, 'directory'>,
  target: BackupTarget,
): Promise<RepositoryPlace> {
  const secret = (name: SecretName) => givenSecret(directory, name);
  switch (target.kind) {
    case 'local':
      return { kind: 'local', path: absolute(directory, target.path) };
    case 'rest': {
      const { kind, url, user, password } = target;
      const login =
        user === undefined || password === undefined ? undefined : { user, password: await secret(password) };
      return { ...{ kind, url, login }, ca: await caOf(directory, target.ca) };
    }
    case 's3': {
      const { access_key, secret_key, ca, ...rest } = target;
      const keys = { accessKey: await secret(access_key), secretKey: await secret(secret_key) };
      return { ...rest, ...keys, ca: await caOf(directory, ca) };
    }
    case 'sftp': {
      const { identity, host_key: _named, ...rest } = target;
      return {
        ...rest,
        identity: identity === undefined ? await readSecret(directory, sshKey) : await secret(identity),
        knownHosts: await knownHosts(directory, target),
        scratch: inDirectory({ directory }, layout.cache),
      };
    }
  }
}

async function givenSecret(directory: string, { from_secret: name }: SecretName): Promise<Secret> {
  const secret = await readGivenSecret(directory, name);
  if (secret === undefined) {
    throw new ConfigError(`${layout.config} names a secret that is not set: ${name}`, {
      code: 'config.secret',
      hint: `Run \`matrix-deploy secrets set ${name}\`, then this command again.`,
    });
  }
  return secret;
}

async function caOf(directory: string, path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const text = await readIfExists(absolute(directory, path));
  if (text?.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new ConfigError(
    `${path}, which ${layout.config} names, ${text === undefined ? 'is not there' : 'has no certificate in PEM form'}`,
    { code: 'config.files', hint: 'Put the CA certificates of the server there, or correct `ca`.' },
  );
}

/** A path in matrix.yaml as an absolute one: it may be relative to the deployment directory. */
export function absolute(directory: string, path: string): string {
  return isAbsolute(path) ? path : inDirectory({ directory }, path);
}

/**
 * Creates the ssh key of this host, if a target needs it and it does not exist.
 *
 * @returns the public key, for the target's server; `undefined` for a target that is not reached by ssh
 */
export async function makeSshKey(
  { directory, random }: Pick<Deployment, 'directory' | 'random'>,
  target: BackupTarget,
): Promise<string | undefined> {
  if (target.kind !== 'sftp') return undefined;
  if (target.identity !== undefined) return sshPublicKey(await givenSecret(directory, target.identity));
  if (!(await exists(inDirectory({ directory }, secretPath(sshKey))))) {
    await writeSecret(directory, sshKey, newSshKey(random));
  }
  return sshPublicKey(await readSecret(directory, sshKey));
}
