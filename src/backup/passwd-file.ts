import { join } from 'node:path';
import type { Owner } from '../components/service.ts';
import { writeAtomically } from '../host/files.ts';
import { modes } from '../layout.ts';
import type { SftpPlace } from './place.ts';

/** On the host: the list of users in a container whose user is none of the image's. ssh refuses one without a name. */
export function namesFile({ scratch }: Pick<SftpPlace, 'scratch'>, { uid }: Owner): string {
  return join(scratch, `passwd-${uid}`);
}

/** Writes it as a whole, whatever has its name there; nothing in it is secret, and any container may read it. */
export async function writeNames(place: Pick<SftpPlace, 'scratch'>, user: Owner): Promise<void> {
  const line = `backup:x:${user.uid}:${user.gid}:backup:/tmp:/bin/sh\n`;
  await writeAtomically(namesFile(place, user), line, modes.secret);
}
