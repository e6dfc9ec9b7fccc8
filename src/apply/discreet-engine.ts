import type { Engine } from '../docker/engine.ts';
import { type Secret, withoutSecrets } from '../secrets/secret.ts';

/** An engine that leaves these secrets out of what programs say: an error may quote the value that it is about. */
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
