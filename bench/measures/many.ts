import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bareApi } from '../deployments/bare-api.ts';
import { otherUser } from '../deployments/other-user.ts';
import { initialise, runOnPlace } from '../deployments/ours.ts';
import { interleaved } from '../samples.ts';
import { timed } from '../timed.ts';
import { findContainer, type Place, type Workbench } from '../workbench.ts';
import type { Measure } from './measure.ts';

const users = 60;
/** For how long a client is watched where nobody is made. */
const quietMilliseconds = 10_000;

/** A file of users, against nothing but the hashing of as many passwords; and what others notice of it. */
export const measureMany: Measure = (bench, { nodes: [node], rounds = 3 }) =>
  bench.withPlace(async (place) => {
    await initialise(bench, node.program, place);
    const sync = await otherUser(await bareApi(bench, place), bench.signal);
    const during: number[] = [];
    const sides = {
      limit: () => hashingLimit(bench, place),
      before: () => sync(sleep(quietMilliseconds)),
      ours: async (round: number) => {
        const file = join(place.directory, `users${round}.csv`);
        const names = Array.from({ length: users }, (_, index) => `many${round}-${index}`);
        await writeFile(file, `name\n${names.join('\n')}\n`);
        const run = runOnPlace(bench, node.program, place, ['add-user', '--from', file]);
        during.push(await sync(run));
        return (await run).milliseconds / users;
      },
    };
    const { ours, limit, before } = await interleaved(rounds, sides);
    bench.say(`many: ${rounds} rounds of ${users} users`);
    const measured = { unit: 'ms', node: node.version } as const;
    return {
      comparisons: [
        {
          ...measured,
          name: `each of ${users} users of a file`,
          ours,
          against: { name: 'bcrypt on all cores', samples: limit },
          bar: { ratio: 1.2 },
        },
        {
          ...measured,
          name: 'p95 of another user’s /sync meanwhile',
          ours: during,
          against: { name: 'with nothing else to do', samples: before },
        },
      ],
    };
  });

/** Milliseconds that one password costs when every core hashes, by the bcrypt of Synapse's own image, at its 12 rounds. */
async function hashingLimit(bench: Workbench, place: Place): Promise<number> {
  const { Id } = await findContainer(bench, place, 'synapse');
  const cores = cpus().length;
  const program = `
import bcrypt, time
from concurrent.futures import ThreadPoolExecutor
hash = lambda _: bcrypt.hashpw(b"a password of some length", bcrypt.gensalt(12))
with ThreadPoolExecutor(${cores}) as pool:
    begin = time.monotonic()
    list(pool.map(hash, range(${cores * 15})))
    print((time.monotonic() - begin) * 1000 / ${cores * 15})`;
  const { signal } = bench;
  const { lines } = await timed(['docker', 'exec', Id, 'python3', '-c', program], { signal });
  return Number(lines[0]?.text);
}
