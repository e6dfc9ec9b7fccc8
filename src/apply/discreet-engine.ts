import type { Engine } from '../docker/engine.ts';
import { type Secret, withoutSecrets } from '../secrets/secret.ts';

/**
 * An engine that removes these secrets from the output and the logs of programs: an error message may quote a value.
 */
export function discreetEngine(engine: Engine, secrets: readonly Secret[]): Engine {
  if (secrets.length === 0) return engine;
  return {
    ...engine,
    async run(job) {
      const { exitCode, output } = await engine.run(job);
      return { exitCode, output: withoutSecrets(output, secrets) };
    },
    async logs(id, lines) {
      const log = await engine.logs(id, lines);
      return log.map((line) => withoutSecrets(line, secrets));
    },
  };
}
