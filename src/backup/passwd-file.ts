import { join } from 'node:path';
import type { Owner } from '../components/service.ts';
import { writeAtomically } from '../host/files.ts';
import { modes } from '../layout.ts';
import type { SftpPlace } from './place.ts';

/** Path on the host of a container's `/etc/passwd`, which gives its user a name: ssh refuses a user without one. */
export function namesFile({ scratch }: Pick<SftpPlace, 'scratch'>, { uid }: Owner): string {
  return join(scratch, `passwd-${uid}`);
}

/** Writes the file atomically, and replaces an existing one. It contains no secret, and any container may read it. */
export async function writeNames(place: Pick<SftpPlace, 'scratch'>, user: Owner): Promise<void> {
  const line = `backup:x:${user.uid}:${user.gid}:backup:/tmp:/bin/sh\n`;
  await writeAtomically(namesFile(place, user), line, modes.secret);
}
