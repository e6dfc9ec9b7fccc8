import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ConfigurationCheck } from '../components/component.ts';
import type { Job } from '../components/service.ts';
import { ConfigError } from '../errors.ts';
import { ensureDirectory, writeAtomically } from '../host/files.ts';
import { type RenderedFile, readsFile } from '../render/render.ts';
import { layout, modes } from '../state/layout.ts';
import { type Deployment, inDirectory } from './deployment.ts';
import { mountJob } from './prepare-data.ts';

/**
 * Lets a program judge the files that it is about to get, in its own image and beside those that are in use.
 *
 * @throws ConfigError with the program's own sentence; nothing has been replaced by then.
 */
export async function checkConfiguration(
  deployment: Deployment,
  project: string,
  { service, job, failures }: ConfigurationCheck,
  files: readonly RenderedFile[],
): Promise<void> {
  const candidates = files.filter(({ path }) => readsFile(job, path));
  const candidate = (path: string) => `${layout.candidate}/${path}`;
  try {
    for (const { path, text } of candidates) {
      const target = inDirectory(deployment, candidate(path));
      await ensureDirectory(dirname(target), modes.directory);
      await writeAtomically(target, text, modes.rendered);
    }
    for (const place of mountPoints(job)) {
      await ensureDirectory(inDirectory(deployment, candidate(place)), modes.directory);
    }
    const isCandidate = (source: string) =>
      candidates.some(({ path }) => readsFile({ mounts: [{ source, target: '' }] }, path));
    const mounted = mountJob(deployment, project, job, (source) =>
      isCandidate(source) ? candidate(source) : source,
    );
    const { exitCode, output } = await deployment.engine.run(mounted);
    if (exitCode === 126 || exitCode === 127) {
      throw new ConfigError(
        `${job.image} cannot run the check of ${service}'s configuration: ${output.trim()}`,
        {
          code: 'config.image',
          hint: `It has no ${job.entrypoint[0]} that it can run, so it is not an image of ${service}, or one for another processor. Set \`${service}.image\` in ${layout.config} to one that is. Nothing that runs was touched.`,
        },
      );
    }
    if (exitCode !== 0) {
      throw refusedConfiguration(service, refusalOf(failures, output), 'Nothing that runs was touched.');
    }
  } finally {
    await rm(inDirectory(deployment, layout.candidate), { recursive: true, force: true });
  }
}

/** Where below a mounted directory another one is mounted: a read-only directory must have a place for it. */
function mountPoints({ mounts }: Pick<Job, 'mounts'>): string[] {
  return mounts.flatMap(({ source, target }) =>
    mounts
      .filter((inner) => inner.target.startsWith(`${target}/`))
      .map((inner) => source + inner.target.slice(target.length)),
  );
}

/** The program's own sentence; what it says last where it does not say that it is the configuration. */
function refusalOf({ refusal, quote }: ConfigurationCheck['failures'], output: string): string {
  const log = output.trim().split('\n');
  return refusal?.(log) ?? quote?.(log) ?? log.at(-1) ?? '';
}

/** @param consequence what it means for what runs, as a sentence. */
export function refusedConfiguration(service: string, explanation: string, consequence: string): ConfigError {
  return new ConfigError(`${service} refuses its configuration: ${explanation}`, {
    code: 'config.refused',
    hint: `Mend ${layout.config}, then run the command again. ${consequence}`,
  });
}
