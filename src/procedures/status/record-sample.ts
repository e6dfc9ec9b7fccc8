import { messageOf } from '../../errors.ts';
import { isErrno } from '../../host/files.ts';
import { isSampleDue, type Sample } from '../../host/health/growth.ts';
import { addSample } from '../../state/growth.ts';
import type { StatusFinding, StatusReport } from './report.ts';

/**
 * Records the free space and the sizes of data, at most once an hour, so that a later `status` can tell how fast the
 * disks fill.
 *
 * @returns a finding if nothing can be written
 */
export async function recordSample(
  directory: string,
  {
    samples,
    host: { fileSystems },
    sizes,
    now,
  }: {
    samples: readonly Sample[];
    host: Pick<StatusReport, 'fileSystems'>;
    sizes: Sample['sizes'];
    now: Date;
  },
): Promise<StatusFinding[]> {
  if (!isSampleDue(samples, now)) {
    return [];
  }
  const free = Object.fromEntries(fileSystems.map(({ mountPoint, freeBytes }) => [mountPoint, freeBytes]));
  try {
    await addSample(directory, samples, { at: now.toISOString(), free, sizes });
    return [];
  } catch (error) {
    // A user who may not write here is no problem of the server.
    return isErrno(error, 'EACCES') || isErrno(error, 'EPERM')
      ? []
      : [
          {
            about: 'storage',
            verdict: 'failed',
            finding: `nothing can be written in ${directory}: ${messageOf(error)}`,
            remedy: 'Free some space there, or mount it for writing.',
          },
        ];
  }
}
