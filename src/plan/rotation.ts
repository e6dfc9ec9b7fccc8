import type { SecretSpec } from '../components/secret.ts';
import { secretPath } from '../layout.ts';
import { succeeded } from '../stack/identity.ts';
import type { ObservedState } from './observed-state.ts';
import { sourcesOf } from './secrets.ts';

/**
 * The secret that is replaced when this one is rotated: itself, or the one that it is made of. `undefined` for one that
 * is made of several.
 */
export function rotatedFor(name: string, secrets: readonly SecretSpec[]): SecretSpec | undefined {
  const secret = secrets.find((one) => one.name === name);
  if (secret === undefined || secret.rotation !== undefined) return secret;
  const [source, ...further] = sourcesOf(secret.recipe);
  if (secret.recipe.kind === 'derived' && further.length > 0) return undefined;
  return source === undefined ? undefined : rotatedFor(source, secrets);
}

/** The observed state with these secrets marked for rotation. */
export function withRotations(
  observed: ObservedState,
  secrets: readonly SecretSpec[],
  now: Date,
): ObservedState {
  const { recorded } = observed.identity;
  const marked = secrets.filter(({ rotation }) => !rotation?.keepsPredecessor).map(({ name }) => name);
  return {
    ...observed,
    rotating: new Set([...observed.rotating, ...marked]),
    identity: {
      ...observed.identity,
      recorded:
        recorded &&
        secrets
          .filter(({ rotation }) => rotation?.keepsPredecessor)
          .reduce((record, { name }) => succeeded(record, secretPath(name), now), recorded),
    },
  };
}
