import type { Context } from '../../context.ts';
import { listSecrets } from '../../procedures/secrets.ts';
import { deploymentDirectory } from '../command.ts';
import type { Candidate } from './candidates.ts';

/** The operator's secrets that begin so: those that are set, and those that matrix.yaml names. None where there is no deployment. */
export async function secretNames(
  context: Context,
  { directory: named, beginning }: { directory: string | undefined; beginning: string },
): Promise<Candidate[]> {
  try {
    const secrets = await listSecrets(await deploymentDirectory(context, named));
    return secrets
      .filter(({ name, kind }) => kind === 'given' && name.startsWith(beginning))
      .map(({ name, setAt }) => ({ value: name, meaning: setAt === undefined ? 'not set yet' : '' }));
  } catch {
    // An error would be written into the line that somebody is typing.
    return [];
  }
}
