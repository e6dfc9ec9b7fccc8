import { basename, dirname } from 'node:path';
import { type CacheSpec, cacheKey } from '../components/data.ts';
import type { Job } from '../components/service.ts';
import { messageOf } from '../errors.ts';
import { ensureDirectory } from '../host/files.ts';
import { modes } from '../layout.ts';
import type { CacheMoment } from '../plan/operation.ts';
import type { RenderedFile } from '../render/render.ts';
import { withCandidates } from './candidates.ts';
import { type Deployment, inDirectory } from './deployment.ts';
import { mountJob } from './prepare-data.ts';

interface CacheRequest {
  readonly project: string;
  readonly cache: CacheSpec;
  readonly when: CacheMoment;
  /** The files of the deployment as they will be. */
  readonly files: readonly RenderedFile[];
  /** Reports that the cache could not be filled. */
  note(text: string): void;
}

/**
 * Fills a cache from the image of its service. For the moment `after`, only starts the job, which ends by itself.
 * Never throws: a service works without its cache.
 */
export async function fillCache(deployment: Deployment, request: CacheRequest): Promise<void> {
  const { name, service } = request.cache;
  try {
    const said = await runJob(deployment, request);
    if (said !== undefined) {
      request.note(`no ${name}: ${said}; ${service} starts without it, and more slowly`);
    }
  } catch (error) {
    request.note(`no ${name}: ${messageOf(error)}; ${service} starts without it, and more slowly`);
  }
}

/** @returns why the job failed, such as its last line; `undefined` when it did not fail */
async function runJob(
  deployment: Deployment,
  { project, cache: { path, service, job: own }, when, files }: CacheRequest,
): Promise<string | undefined> {
  const { engine } = deployment;
  const key = await engine.imageId(own.image);
  if (key === undefined) {
    return 'its image is not on this host';
  }
  const job: Job = { ...own, environment: { ...own.environment, [cacheKey.variable]: key } };
  const parent = inDirectory(deployment, dirname(path));
  await ensureDirectory(parent, modes.cacheDirectory);
  const made = { parent, directories: [{ path: basename(path), owner: job.user, mode: modes.directory }] };
  if (when === 'after') {
    await engine.launch({ ...mountJob(deployment, project, job, (source) => source), made });
    return undefined;
  }
  const { exitCode, output } = await withCandidates(
    deployment,
    { project, job, files, name: `cache-${service}` },
    (mounted) => engine.run({ ...mounted, made }),
  );
  return exitCode === 0 ? undefined : (output.trim().split('\n').at(-1) ?? '');
}
