import { chmod, copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseDocument } from 'yaml';
import { bareApi } from '../deployments/bare-api.ts';
import { otherUser } from '../deployments/other-user.ts';
import { initialise, runOnPlace } from '../deployments/ours.ts';
import { addMedia, populate, usualContent } from '../deployments/populate.ts';
import { resticByHand } from '../deployments/restic-by-hand.ts';
import { interleaved } from '../samples.ts';
import type { TimedRun } from '../timed.ts';
import type { Place, Workbench } from '../workbench.ts';
import type { Measure } from './measure.ts';

/** How long a client is watched while there is nothing else to do. */
const quietMilliseconds = 20_000;

/** Lets a Node tell, as its last word, how much memory it had at most. */
const memoryMeter = `--import "data:text/javascript,process.on('exit', () => console.error('most memory ' + process.resourceUsage().maxRSS))"`;

/** Backups of a large server and their restoration, against the same restic and Postgres by hand. */
export const measureBackup: Measure = (bench, { nodes: [node], rounds = 3 }) =>
  bench.withPlace(async (place) => {
    await initialise(bench, node.program, place);
    await populate(bench, place, usualContent);
    bench.say(`backup: a server with ${usualContent.messages} messages and ${usualContent.files} files`);
    const byHand = await resticByHand(bench, place);
    const sync = await otherUser(await bareApi(bench, place), bench.signal);
    const whole: number[] = [];
    const memory: number[] = [];
    const during: number[] = [];
    const repository = (side: string, round: number) => `${place.directory}-${side}-${round}`;
    const backUp = async (round: number) => {
      await useTarget(place, repository('ours', round));
      const run = runOnPlace(bench, node.program, place, ['backup'], {
        environment: { NODE_OPTIONS: memoryMeter },
      });
      during.push(await sync(run));
      memory.push(mostMemory(await run));
      whole.push((await run).milliseconds);
      return savedAt(await run);
    };
    const first = await interleaved(rounds, {
      quiet: () => sync(sleep(quietMilliseconds)),
      ours: backUp,
      byHand: (round) => byHand.first(repository('by-hand', round)),
      copy: (round) => byHand.copy(repository('copy', round)),
    });
    bench.say(`first backup: ${rounds} rounds`);
    const firsts = { whole: [...whole], during: [...during] };
    const second = await interleaved(rounds, {
      grown: () => addMedia(bench, place, usualContent.files / 100),
      ours: backUp,
      byHand: (round) => byHand.again(repository('by-hand', round)),
    });
    bench.say(`second backup: ${rounds} rounds`);
    const restored = await measureRestore(bench, { node: node.program, place, rounds, repository });
    bench.say(`restore: ${rounds} rounds`);
    const measured = { unit: 'ms', node: node.version } as const;
    const compared = (name: string, ours: readonly number[], other: string, samples: readonly number[]) => ({
      ...measured,
      ...{ name, ours, against: { name: other, samples } },
    });
    const bar = { ratio: 1.2 };
    const hand = 'restic by hand';
    return {
      comparisons: [
        { ...compared('first backup, before it is verified', first.ours, hand, first.byHand), bar },
        compared('the same', first.ours, 'pg_dump with zstd, cp -a', first.copy),
        { ...measured, name: 'the same, verified', ours: firsts.whole },
        { ...compared('second backup, 1 % new media', second.ours, hand, second.byHand), bar },
        {
          ...compared('restore, until it serves', restored.ours, 'restic, pg_restore -j2', restored.byHand),
          bar,
        },
        { name: 'memory of a backup', unit: 'MiB', node: node.version, ours: memory, bar: { value: 150 } },
        compared('p95 of a user’s /sync meanwhile', firsts.during, 'with nothing else to do', first.quiet),
      ],
    };
  });

interface Restoration {
  readonly node: string;
  readonly place: Place;
  readonly rounds: number;
  repository(side: string, round: number): string;
}

/** Restores the server again and again to a directory of its own; its containers are those of the one before. */
async function measureRestore(
  bench: Workbench,
  { node, place, rounds, repository }: Restoration,
): Promise<{ ours: number[]; byHand: number[] }> {
  const byHand = await resticByHand(bench, place);
  const key = `${place.directory}.key`;
  await copyFile(join(place.directory, 'secrets/backup.key'), key);
  // Outside secrets/, which protects it there, it must be protected by its own mode.
  await chmod(key, 0o600);
  let there = place;
  return interleaved(rounds, {
    byHand: (round) => byHand.restore(repository('by-hand', round), repository('restored-by-hand', round)),
    ours: async (round) => {
      const flags = ['--delete-data', '--confirm', place.serverName];
      await runOnPlace(bench, node, there, ['destroy', ...flags]);
      there = { ...place, directory: repository('restored', round) };
      const source = ['--from', repository('ours', round), '--key-file', key];
      const { milliseconds } = await runOnPlace(bench, node, there, ['restore', ...source], {
        timeoutSeconds: 1800,
      });
      return milliseconds;
    },
  });
}

/** Lets the next backup be made in a repository of its own. */
async function useTarget({ directory }: Place, path: string): Promise<void> {
  const file = join(directory, 'matrix.yaml');
  const settings = parseDocument(await readFile(file, 'utf8'));
  settings.setIn(['backup', 'targets'], { bench: { kind: 'local', path } });
  await writeFile(file, String(settings));
}

/** Milliseconds until all was saved: what comes after it reads everything back. */
function savedAt({ lines }: TimedRun): number {
  const line = lines.find(({ text }) => text.includes('read everything back'));
  if (line === undefined) throw new Error('no backup told that it was read back: nothing was measured');
  return line.at;
}

/** In MiB. */
function mostMemory({ lines }: TimedRun): number {
  const kibibytes = lines.flatMap(({ text }) => /^most memory (\d+)$/.exec(text)?.[1] ?? []).at(-1);
  return Number(kibibytes) / 1024;
}
