import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectLabel } from '../../src/docker/container-list.ts';
import { setUpByHand } from '../deployments/by-hand.ts';
import { initialise } from '../deployments/ours.ts';
import type { Place, Workbench } from '../workbench.ts';
import type { Measure } from './measure.ts';

const settlingSeconds = 60;
const mark = 'MATRIX_DEPLOY_BENCH_MARK';

/** Memory of the parts of a deployment, in MiB. */
type PartMemory = Readonly<Record<Part, number>>;

const parts = ['postgres', 'synapse', 'traefik'] as const;
type Part = (typeof parts)[number];

/** The services of ours and of by-hand/docker-compose.yml. */
const partOfService: Readonly<Record<string, Part>> = {
  postgres: 'postgres',
  db: 'postgres',
  synapse: 'synapse',
  traefik: 'traefik',
};

/** What three idle containers hold, and what of ours runs on beside them. */
export const measureMemory: Measure = async (bench, { nodes: [node], rounds = 3 }) => {
  // Brings the images into the page cache: its pages are charged to the container that reads them first.
  await bench.withPlace((place) => initialise(bench, node.program, place));
  const samples: { ours: PartMemory; byHand: PartMemory; left: number }[] = [];
  for (let round = 1; round <= rounds; round++) {
    samples.push(
      await bench.withPlace((place) =>
        bench.withPlace((other) => idleSideBySide(bench, node.program, place, other)),
      ),
    );
    bench.say(`memory ${round}/${rounds}`);
  }
  const compare = (name: string, pick: (memory: PartMemory) => number) => ({
    name: `idle memory${name}`,
    unit: 'MiB' as const,
    node: node.version,
    ours: samples.map(({ ours }) => pick(ours)),
    against: { name: 'by hand', samples: samples.map(({ byHand }) => pick(byHand)) },
  });
  return {
    comparisons: [
      { ...compare('', sum), bar: { ratio: 1.05 } },
      ...parts.map((part) => compare(`: ${part}`, (memory) => memory[part])),
      {
        name: 'processes of ours left',
        unit: '',
        node: node.version,
        ours: samples.map(({ left }) => left),
        bar: { value: 0 },
      },
    ],
  };
};

/** Both deployments at once, each read when it has been idle for as long as the other. */
async function idleSideBySide(bench: Workbench, node: string, place: Place, other: Place) {
  await initialise(bench, node, place, { environment: { [mark]: place.project } });
  const left = await processesMarked(place.project);
  const ours = converged(bench, place);
  // A failure of the other side must not leave this promise's own without a listener.
  ours.catch(() => undefined);
  await setUpByHand(bench, other);
  return { ours: await ours, byHand: await converged(bench, other), left };
}

async function converged({ docker, signal }: Workbench, { project }: Place): Promise<PartMemory> {
  await sleep(settlingSeconds * 1000, undefined, { signal });
  const containers = await docker.listContainers({ filters: { label: [projectLabel(project)] } });
  const memory = { postgres: 0, synapse: 0, traefik: 0 };
  for (const { Id, Labels } of containers) {
    const part = partOfService[Labels['com.docker.compose.service'] ?? ''];
    if (part !== undefined) {
      memory[part] += await workingSet(docker.getContainer(Id));
    }
  }
  return memory;
}

/** What the kernel charges to a container, less the file cache that it can drop at once; in MiB. */
async function workingSet(container: ReturnType<Workbench['docker']['getContainer']>): Promise<number> {
  const { memory_stats } = await container.stats({ stream: false, 'one-shot': true });
  const { usage, stats } = memory_stats;
  // The first name is that of version 1 of control groups, where the second does not count what is below.
  const reclaimable = stats.total_inactive_file ?? stats.inactive_file ?? 0;
  return (usage - reclaimable) / 2 ** 20;
}

/** How many processes of this machine were started with the mark in their environment, by whomever. */
async function processesMarked(value: string): Promise<number> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const environments = await Promise.all(
    ids.map((id) => readFile(`/proc/${id}/environ`, 'utf8').catch(() => '')),
  );
  return environments.filter((environment) => environment.split('\0').includes(`${mark}=${value}`)).length;
}

function sum({ postgres, synapse, traefik }: PartMemory): number {
  return postgres + synapse + traefik;
}
