import { isPrivateToHost } from '../../apply/locate-names.ts';
import type { Config } from '../../config/schema.ts';
import type { Context } from '../../context.ts';
import { lookAtService } from '../../host/dns/look-at-service.ts';
import { unlockedStack } from '../../stack/stack.ts';
import { lookAtDocuments } from '../check/documents.ts';
import type { StatusFinding } from './report.ts';

/**
 * Findings about the delegation outside of this server: the documents of another site, and SRV records. Documents
 * that this server serves are not requested.
 */
export async function readDelegation(
  directory: string,
  config: Config,
  context: Pick<Context, 'surroundings' | 'interrupt' | 'patience'>,
): Promise<StatusFinding[]> {
  const stack = unlockedStack(config);
  if (isPrivateToHost(stack.edge)) {
    return [];
  }
  const { network } = await context.surroundings();
  const [documents, records] = await Promise.all([
    stack.delegation.isElsewhere ? lookAtDocuments(directory, stack, context) : [],
    lookAtService(stack, network),
  ]);
  return [
    ...documents.map(({ at, saw, ...found }) => ({ ...found, finding: `${at}: ${saw}` })),
    ...records,
  ].map(({ code, verdict, finding, remedy }) => ({ about: 'delegation', code, verdict, finding, remedy }));
}
