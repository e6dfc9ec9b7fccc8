import { readRoots } from '../../apply/probe.ts';
import { type OutsideFinding, verifyOutside } from '../../apply/verify-outside.ts';
import type { Config } from '../../config/schema.ts';
import type { Context } from '../../context.ts';
import { judgeExistingTraefik } from '../../preflight/existing-traefik.ts';
import { findTraefik } from '../../preflight/find-traefik.ts';
import { unlockedStack } from '../../stack/stack.ts';
import type { StatusFinding } from './report.ts';

/**
 * Problems of requests through another proxy of this host, where clients connect to that one: all services may be
 * healthy while no client reaches them. None where clients connect to our own Traefik.
 */
export async function judgeOtherProxy(
  { directory, config }: { readonly directory: string; readonly config: Config },
  {
    surroundings,
    connectEngine,
    clock,
    interrupt,
  }: Pick<Context, 'surroundings' | 'connectEngine' | 'clock' | 'interrupt'>,
): Promise<StatusFinding[]> {
  const stack = unlockedStack(config);
  if (stack.edge.behind === undefined) return [];
  const { machine, network } = await surroundings();
  const roots = await readRoots({ directory }, stack);
  const ownAddresses = machine.addresses();
  // An engine that does not answer is a finding of its own.
  const find = () =>
    connectEngine()
      .then((engine) => findTraefik(engine, stack.project))
      .catch(() => 'unknown' as const);
  const [seen, judged] = await Promise.all([
    verifyOutside(stack, { roots, clock, network, ownAddresses, signal: interrupt }),
    judgeExistingTraefik(config, find),
  ]);
  const wrong = judged.filter(({ verdict }) => verdict !== 'passed');
  return [...wrong.map((judgement) => ({ about: 'proxy' as const, ...judgement })), ...proxyFindings(seen)];
}

/** One finding for each name and observation: one cause often affects many paths. */
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
