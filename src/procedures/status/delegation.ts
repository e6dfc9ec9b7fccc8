import { isPrivateToHost } from '../../apply/locate-names.ts';
import type { Config } from '../../config/schema.ts';
import type { Context } from '../../context.ts';
import { describeStack } from '../../stack/stack.ts';
import { lookAtDocuments } from '../check/documents.ts';
import type { StatusFinding } from './report.ts';

/** What is wrong with the documents of a site elsewhere, without which nobody finds the server. Our own are not asked for. */
export async function readDelegation(
  directory: string,
  config: Config,
  context: Pick<Context, 'surroundings' | 'interrupt' | 'patience'>,
): Promise<StatusFinding[]> {
  const stack = describeStack(config, {});
  if (!stack.delegation.isElsewhere || isPrivateToHost(stack.edge)) {
    return [];
  }
  const findings = await lookAtDocuments(directory, stack, context);
  return findings.map(({ code, verdict, at, saw, remedy }) => ({
    about: 'delegation',
    code,
    verdict,
    finding: `${at}: ${saw}`,
    remedy,
  }));
}
