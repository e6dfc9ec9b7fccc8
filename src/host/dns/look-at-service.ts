import { serviceNames } from '../../stack/delegation-records.ts';
import type { Stack } from '../../stack/stack.ts';
import { unverified } from '../judgement.ts';
import type { Network } from '../network.ts';
import { judgeMissingService, judgeService, type PublishedService, serviceOf } from './judge-service.ts';
import type { DnsFinding } from './report.ts';

/** What is wrong with the SRV records by which others find a deployment; nothing where none are needed. */
export async function lookAtService(
  stack: Pick<Stack, 'serverName' | 'host' | 'edge' | 'delegation'>,
  network: Pick<Network, 'srv' | 'cname'>,
): Promise<DnsFinding[]> {
  const service = serviceOf(stack);
  if (!service.isNeeded) return [];
  const answers = await Promise.all(
    serviceNames(stack.serverName).map(async (name) => ({ name, told: await network.srv(name) })),
  );
  const published = answers.map(({ name, told }): PublishedService => {
    const records = 'records' in told ? told.records : [];
    return {
      name,
      records: records.map(({ priority, weight, port, name: target }) => ({
        value: `${priority} ${weight} ${port} ${target}.`,
        port,
        target: target.toLowerCase(),
      })),
    };
  });
  const targets = [...new Set(published.flatMap(({ records }) => records.map(({ target }) => target)))];
  const aliases = await Promise.all(
    targets.map(async (target) => {
      const told = await network.cname(target);
      return 'records' in told && told.records.length > 0 ? [target] : [];
    }),
  );
  const silent = answers.flatMap(({ name, told }) =>
    'failure' in told
      ? [
          {
            code: 'unanswered' as const,
            name,
            ...unverified(`no name server answers for ${name} (${told.failure})`),
          },
        ]
      : [],
  );
  return [
    ...published.flatMap((each) => judgeService(each, service, aliases.flat())),
    ...(silent.length > 0 ? silent : judgeMissingService(published, service)),
  ];
}
