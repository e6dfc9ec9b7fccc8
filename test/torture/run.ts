import { messageOf } from '../../src/errors.ts';
import type { Host } from '../lab/host.ts';
import { Victim } from './rounds.ts';
import { describeRound, type Round, roundOf } from './script.ts';

interface TortureOptions {
  readonly seed: string;
  /** No round begins after so many. */
  readonly minutes: number;
  /** The only round to play; from the first one on when absent. */
  readonly round?: number | undefined;
  readonly say: (text: string) => void;
}

export interface Outcome {
  readonly rounds: number;
  /** What happened, by its kind: how often. */
  readonly faults: Readonly<Record<string, number>>;
  /** What was lost in the last round, one sentence each; nothing in all others. */
  readonly lost: readonly string[];
}

/** Tortures a server on a host that has none, until the time is over or something is lost. Tells of each round. */
export async function torture(host: Host, options: TortureOptions): Promise<Outcome> {
  const { seed, minutes, say } = options;
  const victim = new Victim(host);
  await victim.begin();
  const begun = performance.now();
  const secondsSince = (start: number) => (performance.now() - start) / 1000;
  const faults: Record<string, number> = {};
  let rounds = 0;
  let lost: string[] = [];
  for (const round of numbered(seed, options.round)) {
    if (secondsSince(begun) > minutes * 60 || lost.length > 0) break;
    const start = performance.now();
    lost = await victim.play(round, seed).catch((error) => [messageOf(error)]);
    rounds += 1;
    for (const { fault } of [...(round.deletion ? [round.deletion] : []), ...round.attempts]) {
      faults[fault.kind] = (faults[fault.kind] ?? 0) + 1;
    }
    const verdict = lost.length === 0 ? 'nothing lost' : 'LOST';
    say(`round ${round.number}  ${describeRound(round)}: ${verdict}, ${secondsSince(start).toFixed(0)} s`);
    if (lost.length > 0) {
      say(lost.map((text) => `  ${text}`).join('\n'));
      say(
        `again: npm run torture -- --seed ${seed} --round ${round.number}; from the first round: --seed ${seed}`,
      );
    }
  }
  if (lost.length === 0) lost = await victim.end();
  say(summary({ rounds, faults, lost }, secondsSince(begun), seed));
  return { rounds, faults, lost };
}

function* numbered(seed: string, only: number | undefined): Generator<Round> {
  if (only !== undefined) {
    yield roundOf(seed, only);
    return;
  }
  for (let number = 1; ; number += 1) yield roundOf(seed, number);
}

function summary({ rounds, faults, lost }: Outcome, seconds: number, seed: string): string {
  const kinds = Object.entries(faults).map(([kind, count]) => `${kind} ${count}`);
  const verdict = lost.length === 0 ? 'nothing lost' : `lost: ${lost.join('; ')}`;
  return `seed ${seed}: ${rounds} rounds in ${(seconds / 60).toFixed(1)} min (${kinds.join(', ')}): ${verdict}`;
}
