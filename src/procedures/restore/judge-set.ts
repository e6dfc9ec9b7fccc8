import type { Manifest } from '../../backup/manifest.ts';
import { BackupError } from '../../errors.ts';

/** What identifies a deployment. */
interface Own {
  readonly serverName: string;
  /** By name of a secret, the public half of a key by which others recognise this server. */
  readonly identities: Readonly<Record<string, string>>;
}

/**
 * Refuses to restore the backup of another server over a deployment: others would see two servers under one name.
 *
 * @throws BackupError that names what differs
 */
export function refuseOtherServer(
  manifest: Pick<Manifest, 'set' | 'serverName' | 'identities'>,
  own: Own,
): void {
  if (manifest.serverName !== own.serverName) {
    throw new BackupError(
      `the backup ${manifest.set} belongs to ${manifest.serverName}, and the server here is ${own.serverName}`,
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
      `when the backup ${manifest.set} was created, this server had another key: secrets/${differing.join(', secrets/')}`,
      {
        code: 'restore.key',
        hint: 'Nothing was changed. Over a deployment only a backup with the same key is restored; any other one on a host without the server: `matrix-deploy restore --from`.',
      },
    );
  }
}

/**
 * The problems of a restored database, from the output of the program that filled it; none when it can be used.
 *
 * @param known the highest schema that the running release knows; `undefined` where every release can use the
 *   database
 */
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
