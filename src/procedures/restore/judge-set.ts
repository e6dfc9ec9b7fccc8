import type { Manifest } from '../../backup/manifest.ts';
import { BackupError } from '../../errors.ts';

/** What a deployment is known by. */
interface Own {
  readonly serverName: string;
  /** By name of a secret, the public half of what makes this server the one that others know. */
  readonly identities: Readonly<Record<string, string>>;
}

/**
 * Refuses to restore over a deployment what is not its own: others would see two servers under one name.
 *
 * @throws BackupError that names what differs
 */
export function refuseOtherServer(
  manifest: Pick<Manifest, 'set' | 'serverName' | 'identities'>,
  own: Own,
): void {
  if (manifest.serverName !== own.serverName) {
    throw new BackupError(
      `the backup ${manifest.set} is of ${manifest.serverName}, and here is ${own.serverName}`,
      {
        code: 'restore.foreign',
        hint: 'Nothing was changed. Use a backup of this server.',
      },
    );
  }
  const names = new Set([...Object.keys(own.identities), ...Object.keys(manifest.identities)]);
  const differing = [...names].filter((name) => manifest.identities[name] !== own.identities[name]);
  if (differing.length > 0) {
    throw new BackupError(
      `when the backup ${manifest.set} was made, this server had another key: secrets/${differing.join(', secrets/')}`,
      {
        code: 'restore.key',
        hint: 'Nothing was changed. Over a deployment only a backup with the same key is restored; any other one on a host without the server: `matrix-deploy restore --from`.',
      },
    );
  }
}

/** What is wrong with a restored database, as the program that filled it has told; nothing when it can be used. */
export function problemsOf(lines: readonly string[], known: number | undefined): string[] {
  const told = lines.flatMap((line) => (line.startsWith('problem ') ? [line.slice('problem '.length)] : []));
  const needed = Number(lines.find((line) => /^schema \d+$/.test(line))?.slice('schema '.length) ?? 0);
  return known !== undefined && needed > known
    ? [
        ...told,
        `it needs a release that knows its schema ${needed}, and the one that runs here knows ${known}`,
      ]
    : told;
}
