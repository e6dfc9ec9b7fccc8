import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A real, empty directory for one test, gone when the test has ended. */
export async function temporaryDirectory(): Promise<string> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'matrix-deploy-test-')));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}
