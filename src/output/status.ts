import type { ServiceHealth } from '../apply/verify.ts';
import type { Style } from './style.ts';
import { alignColumns } from './table.ts';

interface StatusReport {
  readonly serverName: string;
  readonly healthy: boolean;
  readonly pendingChanges: number;
  readonly services: readonly ServiceHealth[];
}

/** The status as one screen: a line a service, then what is wrong, then what to do. */
export function describeStatus(
  { serverName, healthy, pendingChanges, services }: StatusReport,
  style: Style,
): string[] {
  const rows = services.map((service) => [
    service.healthy ? 'well' : 'PROBLEM',
    service.service,
    service.image.replace(/@sha256:.*/, ''),
    service.status,
  ]);
  const [header = '', ...lines] = alignColumns([['STATE', 'SERVICE', 'IMAGE', 'CONTAINER'], ...rows]);
  const colour = (line: string, index: number) => (services[index]?.healthy ? line : style.red(line));
  return [
    style.bold(`${serverName}: ${healthy ? 'all is well' : 'something is wrong'}`),
    style.dim(header),
    ...lines.map(colour),
    ...services.flatMap(({ service, problems }) => problems.map((problem) => `${service}: ${problem}`)),
    ...(pendingChanges > 0 ? ['Changes are pending: see `matrix-deploy plan`.'] : []),
  ];
}
