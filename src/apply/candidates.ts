import { rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Job } from '../components/service.ts';
import type { MountedJob } from '../docker/engine.ts';
import { ensureDirectory, writeAtomically } from '../host/files.ts';
import { layout, modes } from '../layout.ts';
import { type RenderedFile, readsFile } from '../render/render.ts';
import { type Deployment, inDirectory } from './deployment.ts';
import { mountJob } from './prepare-data.ts';

interface CandidateJob {
  readonly project: string;
  readonly job: Job;
  /** The files of the deployment as they will be. */
  readonly files: readonly RenderedFile[];
  /** Unique among the jobs that run at the same time. */
  readonly name: string;
}

/**
 * Runs a job with the rendered files as they will be. Writes them beside the files in use, and removes them after the
 * job.
 *
 * @param run gets the job with its mounts as paths on this host.
 */
export async function withCandidates<Result>(
  deployment: Deployment,
  { project, job, files, name }: CandidateJob,
  run: (mounted: MountedJob) => Promise<Result>,
): Promise<Result> {
  const candidates = files.filter(({ path }) => readsFile(job, path));
  const place = join(layout.candidate, name);
  try {
    for (const { path, text } of candidates) {
      const target = inDirectory(deployment, place, path);
      await ensureDirectory(dirname(target), modes.directory);
      await writeAtomically(target, text, modes.rendered);
    }
    for (const point of mountPoints(job)) {
      await ensureDirectory(inDirectory(deployment, place, point), modes.directory);
    }
    const isCandidate = (source: string) =>
      candidates.some(({ path }) => readsFile({ mounts: [{ source, target: '' }] }, path));
    return await run(
      mountJob(deployment, project, job, (source) => (isCandidate(source) ? join(place, source) : source)),
    );
  } finally {
    await rm(inDirectory(deployment, place), { recursive: true, force: true });
    // Not empty while another job runs.
    await rmdir(inDirectory(deployment, layout.candidate)).catch(() => undefined);
  }
}

/** Paths inside mounted directories at which others are mounted: a read-only directory must already contain them. */
function mountPoints({ mounts }: Pick<Job, 'mounts'>): string[] {
  return mounts.flatMap(({ source, target }) =>
    mounts
      .filter((inner) => inner.target.startsWith(`${target}/`))
      .map((inner) => source + inner.target.slice(target.length)),
  );
}
