import type { Context } from '../../context.ts';
import { type ListedSecret, listSecrets } from '../../procedures/secrets.ts';
import { deploymentDirectory } from '../command.ts';
import type { Candidate } from './candidates.ts';

interface Asked {
  readonly directory: string | undefined;
  readonly beginning: string;
}

/**
 * The operator's secrets whose names have this beginning: secrets that are set, and secrets that matrix.yaml names.
 * Empty without a deployment.
 */
export async function givenNames(context: Context, asked: Asked): Promise<Candidate[]> {
  const secrets = await namesOf(context, asked);
  return secrets
    .filter(({ kind }) => kind === 'given')
    .map(({ name, setAt }) => ({ value: name, meaning: setAt === undefined ? 'not set yet' : '' }));
}

/** The generated secrets whose names have this beginning and that can be rotated. */
export async function generatedNames(context: Context, asked: Asked): Promise<Candidate[]> {
  const secrets = await namesOf(context, asked);
  return secrets
    .filter(({ rotatedWith }) => rotatedWith !== undefined)
    .map(({ name, rotatedWith = name }) => ({
      value: name,
      meaning: rotatedWith === name ? '' : `with ${rotatedWith}`,
    }));
}

async function namesOf(context: Context, { directory, beginning }: Asked): Promise<ListedSecret[]> {
  try {
    const known = await context.components();
    const secrets = await listSecrets(await deploymentDirectory(context, directory), known);
    return secrets.filter(({ name }) => name.startsWith(beginning));
  } catch {
    // The shell would show an error in the middle of the command line.
    return [];
  }
}
