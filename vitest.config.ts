import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { cacheDir } from './test/lab/cache.ts';

/** Scenarios that take minutes of waiting, and next to no processor: they run beside the others. */
const waiting = ['slow-processor', 'silence', 'renewal'].map((name) => `test/e2e/${name}.test.ts`);

/** Real hosts, engines, DNS, certificates and registry: a lab for all files of a worker. */
const onLab = {
  globalSetup: ['test/lab/vitest-setup.ts'],
  runner: './test/suites/bounded-runner.ts',
  // What the files of a worker share is the lab, and a file leaves no host in it.
  isolate: false,
  testTimeout: 300_000,
  hookTimeout: 600_000,
};

/** Those that take minutes, in the order in which they begin: a bare machine does not know how long each takes. */
const longest = [
  'every-step',
  'backup-targets',
  'many-users',
  'restore-over',
  'restore',
  'drill',
  'rotate',
  'upgrade',
  'killed',
  'identity',
  'host-boundary',
  'backup',
  'backup-schedule',
  'first-start',
  'move',
  'postgres-major',
  'switch',
  'contract',
  'existing-traefik',
  'delegation',
  'dual-stack',
  'federation',
];

/** Lets the longest begin, so that no worker is left alone with one at the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const place = ({ moduleId }: TestSpecification) => {
      const index = longest.findIndex((name) => moduleId.endsWith(`/e2e/${name}.test.ts`));
      return index === -1 ? longest.length : index;
    };
    return sorted.toSorted((one, other) => place(one) - place(other));
  }
}

export default defineConfig({
  // How long each file took, by which the longest begin: a fresh clone is to know it too.
  cacheDir: join(cacheDir(), 'vite'),
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        // No engine, no network, no root: seconds.
        test: {
          name: 'fast',
          // No module is mocked and none has state: loading each once for all files halves the time.
          isolate: false,
          maxWorkers: '100%',
          // Of a busy machine; the first test of a file loads what it tests.
          testTimeout: 30_000,
          include: ['test/{unit,golden,plan,commands,contract}/**/*.test.ts'],
        },
      },
      {
        test: {
          ...onLab,
          name: 'lab',
          include: ['test/e2e/**/*.test.ts'],
          exclude: waiting,
          // Two processors: with three at a time each takes half as long again, and all together no less.
          maxWorkers: 2,
        },
      },
      { test: { ...onLab, name: 'waiting', include: waiting, maxWorkers: 1 } },
    ],
  },
});
