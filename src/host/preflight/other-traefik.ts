import { judgeTraefik } from '../../components/traefik/judge-running.ts';
import type { RunningTraefik } from '../../components/traefik/running-traefik.ts';
import type { Config } from '../../config/schema.ts';
import { isDenied } from '../../releases/lookup.ts';
import { builtIn } from '../../releases/releases.ts';
import { type Judgement, passed } from './finding.ts';

/**
 * What is to be said of the Traefik that runs here already, where the world reaches the server through that.
 *
 * @param found `undefined` where none was found, `unknown` where the engine does not tell
 */
export function judgeOtherTraefik(
  { traefik: { edge } }: Pick<Config, 'traefik'>,
  found: RunningTraefik | 'unknown' | undefined,
): Judgement[] {
  if (edge.kind !== 'traefik' || found === 'unknown') return [];
  const judged = judgeTraefik(found, edge, (version) => isDenied(builtIn, 'traefik', version)?.reason);
  return judged.length > 0 || found === undefined
    ? judged
    : [passed(`${found.container} runs Traefik ${found.version ?? ''}, and serves what it is to`)];
}
