import { readRoots } from '../../apply/probe.ts';
import { type OutsideFinding, verifyOutside } from '../../apply/verify-outside.ts';
import type { RunningTraefik } from '../../components/traefik/running-traefik.ts';
import type { Config } from '../../config/schema.ts';
import type { Context } from '../../context.ts';
import { findTraefik } from '../../host/preflight/find-traefik.ts';
import { judgeOtherTraefik } from '../../host/preflight/other-traefik.ts';
import { describeStack, type Stack } from '../../stack/stack.ts';
import type { StatusFinding } from './report.ts';

/**
 * What is wrong when the server is asked through the proxy of this host, where one stands before ours: our services may all be
 * well while nobody reaches them. Nothing where ours is the one that the world reaches.
 */
export async function judgeHostProxy(
  { directory, config }: { readonly directory: string; readonly config: Config },
  {
    surroundings,
    connectEngine,
    clock,
    interrupt,
  }: Pick<Context, 'surroundings' | 'connectEngine' | 'clock' | 'interrupt'>,
): Promise<StatusFinding[]> {
  const stack = describeStack(config, {});
  if (stack.edge.behind === undefined) return [];
  const { machine, network } = await surroundings();
  const roots = await readRoots({ directory }, stack);
  const ownAddresses = machine.addresses();
  const [seen, found] = await Promise.all([
    verifyOutside(stack, { roots, clock, network, ownAddresses, signal: interrupt }),
    otherTraefik(stack, connectEngine),
  ]);
  const judged = judgeOtherTraefik(config, found).filter(({ verdict }) => verdict !== 'passed');
  return [...judged.map((judgement) => ({ about: 'proxy' as const, ...judgement })), ...proxyFindings(seen)];
}

/** The Traefik that is in front; `unknown` where the engine does not tell: that it does not answer is told by itself. */
async function otherTraefik(
  { edge, project }: Pick<Stack, 'edge' | 'project'>,
  connectEngine: Context['connectEngine'],
): Promise<RunningTraefik | 'unknown' | undefined> {
  // Beside any other proxy, what has port 443 is not asked to run a program.
  if (edge.behind?.kind !== 'traefik') return 'unknown';
  return connectEngine()
    .then((engine) => findTraefik(engine, project))
    .catch(() => 'unknown' as const);
}

/** One finding for each name and what was seen there: many paths are wrong by one reason. */
export function proxyFindings(seen: readonly OutsideFinding[]): StatusFinding[] {
  const findings = seen.flatMap(({ verdict, url, saw = '', remedy = '' }): StatusFinding[] =>
    verdict === 'passed'
      ? []
      : [
          {
            about: 'proxy',
            verdict,
            finding: `through the proxy of this host, ${new URL(url).host}: ${saw}`,
            remedy,
          },
        ],
  );
  return [...new Map(findings.map((finding) => [finding.finding, finding])).values()];
}
