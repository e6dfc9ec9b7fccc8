import type { ConfigurationCheck } from '../components/questions.ts';
import { ConfigError } from '../errors.ts';
import { layout } from '../layout.ts';
import type { RenderedFile } from '../render/render.ts';
import { withCandidates } from './candidates.ts';
import type { Deployment } from './deployment.ts';

/**
 * Has a program check its new files, in its own image, before they replace the files in use.
 *
 * @throws ConfigError with the program's own message; no file has been replaced by then.
 */
export async function checkConfiguration(
  deployment: Deployment,
  project: string,
  { service, job, failures }: ConfigurationCheck,
  files: readonly RenderedFile[],
): Promise<void> {
  await withCandidates(deployment, { project, job, files, name: `check-${service}` }, async (mounted) => {
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
  });
}

/** The program's own message about its configuration; the last line of its output when there is none. */
function refusalOf({ refusal, quote }: ConfigurationCheck['failures'], output: string): string {
  const log = output.trim().split('\n');
  return refusal?.(log) ?? quote?.(log) ?? log.at(-1) ?? '';
}

/** @param consequence a sentence about the effect on the running services. */
export function refusedConfiguration(service: string, explanation: string, consequence: string): ConfigError {
  return new ConfigError(`${service} refuses its configuration: ${explanation}`, {
    code: 'config.refused',
    hint: `Fix ${layout.config}, then run the command again. ${consequence}`,
  });
}
