import { ConfigError } from '../errors.ts';
import type { Stack } from '../stack/stack.ts';
import type { ObservedState } from './observed-state.ts';

/**
 * Refuses processor limits with which the engine would create no container: more processors than the host has, or any
 * limit if the kernel cannot enforce it.
 *
 * @throws ConfigError naming all of them.
 */
export function refuseProcessors(
  { services }: Pick<Stack, 'services'>,
  { processors = Number.POSITIVE_INFINITY }: Pick<ObservedState, 'processors'>,
): void {
  const beyond = services.filter(({ cpus = 0 }) => cpus > processors);
  if (beyond.length === 0) return;
  const named = beyond.map(({ name, cpus }) => `${name}.cpus is ${cpus}`).join(' and ');
  const [what, remedy] =
    processors === 0
      ? ["this host's kernel cannot limit processors", 'Leave the setting out']
      : [`Docker has ${processors} here`, `Choose ${processors} at most, or leave the setting out`];
  throw new ConfigError(`${named}, and ${what}`, {
    code: 'config.cpus',
    hint: `${remedy}, then run the command again. Nothing was changed.`,
  });
}
