import type { Engine } from '../docker/engine.ts';
import { type Secret, withoutSecrets } from '../secrets/secret.ts';

/**
 * An engine that removes these secrets from the output and the logs of programs: an error message may quote a value.
 *
 * @param secrets called when a program has written something, so that it includes secrets that were created meanwhile
 */
export function discreetEngine(engine: Engine, secrets: () => Promise<readonly Secret[]>): Engine {
  return {
    ...engine,
    async run(job) {
      const { exitCode, output } = await engine.run(job);
      return { exitCode, output: withoutSecrets(output, await secrets()) };
    },
    async logs(...asked) {
      const log = await engine.logs(...asked);
      const known = await secrets();
      return log.map((line) => withoutSecrets(line, known));
    },
  };
}
