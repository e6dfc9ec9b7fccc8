import { UserError } from '../errors.ts';
import { composeFile } from '../stack/compose-file.ts';
import type { Stack } from '../stack/stack.ts';
import { secretPath } from '../state/layout.ts';
import type { ObservedState } from '../state/observed-state.ts';

/** Secrets that cannot be made again: whoever has the new one is somebody else. */
const irreplaceable = new Set(['token', 'signing-key']);

/**
 * Refuses to make anew what the deployment once had: an empty database under an old server, or another signing key,
 * looks like a new start and is a loss. Where a deployment has served, all that its docker-compose.yml mounts was there.
 *
 * @throws UserError naming all that is lost.
 */
export function refuseLost(stack: Stack, observed: ObservedState): void {
  if (!observed.hasServed) return;
  const compose = observed.files[composeFile] ?? '';
  const data = stack.data.map(({ path }) => path).filter((path) => !observed.data.has(path));
  const secrets = stack.secrets
    .filter(({ name, recipe }) => irreplaceable.has(recipe.kind) && !observed.secrets.has(name))
    .map(({ name }) => secretPath(name));
  const lost = [...data, ...secrets].filter((path) => compose.includes(`"./${path}"`));
  if (lost.length > 0) {
    throw new UserError(
      `${lost.join(', ')} ${lost.length === 1 ? 'is' : 'are'} gone, though this deployment had it`,
      {
        code: 'plan.lost',
        hint: 'Put it back from a backup. To start anew without it: `matrix-deploy destroy --delete-data`, then init.',
      },
    );
  }
}
