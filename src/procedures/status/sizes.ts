import type { Engine } from '../../docker/engine.ts';
import { deadline, type RunBounds } from '../../host/bounds.ts';
import type { ObservedContainer } from '../../plan/observed-state.ts';
import type { Stack } from '../../stack/stack.ts';

const patienceSeconds = 5;

/** Asks the running services for the sizes of what grows, in bytes by name. Leaves out those that do not answer. */
export async function askSizes(
  { sizes }: Pick<Stack, 'sizes'>,
  containers: readonly ObservedContainer[],
  engine: Engine,
  run: RunBounds,
): Promise<Record<string, number>> {
  const answers = await Promise.all(
    sizes.map(async ({ service, ask }) => {
      const container = containers.find((one) => one.service === service && one.state === 'running');
      if (container === undefined) {
        return '';
      }
      // If the service does not work, its health checks report that.
      return engine
        .until(deadline(patienceSeconds, run))
        .exec(container.id, ask)
        .then(
          ({ stdout }) => stdout,
          () => '',
        );
    }),
  );
  return parseSizes(answers.join('\n'));
}

/** Lines of `<bytes> <what>`; anything else is left out. */
export function parseSizes(output: string): Record<string, number> {
  const lines = output.split('\n').flatMap((line) => {
    const [, bytes, what] = /^(\d+) (.+)$/.exec(line) ?? [];
    return what === undefined ? [] : [[what, Number(bytes)] as const];
  });
  return Object.fromEntries(lines);
}
