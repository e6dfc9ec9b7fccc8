import { expect, test } from 'vitest';
import type { Progress } from '../../../src/backup/repository.ts';
import { backupProgress, restoreProgress } from '../../../src/commands/backup/progress.ts';

/** A session without a terminal, whose clock is set by hand. */
function sessionAt() {
  let milliseconds = 0;
  const said: string[] = [];
  const session = {
    context: { clock: { now: () => new Date(milliseconds) }, stderr: { isTTY: false } },
    reporter: async () => ({ moment: (text: string) => said.push(text) }),
  } as unknown as Parameters<typeof backupProgress>[0];
  const at = (seconds: number) => {
    milliseconds = seconds * 1000;
  };
  return { session, said, at };
}

const of = (megabytes: number, total: number): Progress => ({
  ...{ bytes: megabytes * 1e6, totalBytes: total * 1e6 },
  ...{ files: 1, totalFiles: 1, secondsLeft: undefined },
});

test('the rate of a part must be its own, where another part is saved beside it', async () => {
  const { session, said, at } = sessionAt();
  const onProgress = await backupProgress(session);
  onProgress('database-synapse', of(0, 100));
  at(9);
  onProgress('deployment', of(1, 2));
  at(10);
  onProgress('database-synapse', of(50, 100));
  expect(said).toEqual(['database-synapse: 50 MB of 100 MB, 5.0 MB/s']);
});

test('the parts that are restored side by side must be told together, without those that are done', async () => {
  const { session, said, at } = sessionAt();
  const onProgress = await restoreProgress(session);
  onProgress('synapse.dump', of(1, 50));
  at(10);
  onProgress('data/synapse', of(443, 988));
  onProgress('synapse.dump', of(50, 50));
  at(20);
  onProgress('data/synapse', of(700, 988));
  expect(said).toEqual([
    'synapse.dump: 1 of 50 MB; data/synapse: 443 of 988 MB',
    'data/synapse: 700 of 988 MB',
  ]);
});
