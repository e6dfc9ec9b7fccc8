import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Owner } from '../components/service.ts';
import type { SftpPlace } from './place.ts';

/** On the host: the list of users in a container whose user is none of the image's. ssh refuses one without a name. */
export function namesFile({ scratch }: Pick<SftpPlace, 'scratch'>, { uid }: Owner): string {
  return join(scratch, `passwd-${uid}`);
}

/** Writes it; nothing in it is secret, and any container may read it. */
export async function writeNames(place: Pick<SftpPlace, 'scratch'>, user: Owner): Promise<void> {
  const line = `backup:x:${user.uid}:${user.gid}:backup:/tmp:/bin/sh\n`;
  await writeFile(namesFile(place, user), line, { mode: 0o444, flag: 'w' }).catch((error) => {
    // Another run has written the same, and closed it.
    if (error.code !== 'EACCES') throw error;
  });
}
