import type { SecretRecipe, SecretSpec } from '../components/component.ts';
import type { Service } from '../components/service.ts';
import type { Stack } from '../stack/stack.ts';
import { secretPath } from '../state/layout.ts';
import type { ObservedState } from '../state/observed-state.ts';
import { secretAccess } from './access.ts';
import { reasonToRenew } from './certificates.ts';
import type { OperationDraft } from './operation.ts';

type Secrets = Pick<Stack, 'secrets'>;
type Observed = Pick<ObservedState, 'secrets' | 'now' | 'validity'>;

/**
 * Secrets to create: those that are not there, certificates that are about to expire, and those that are made of them. A
 * certificate is of no use with another key, nor one of another CA.
 */
export function secretOperations(
  stack: Stack,
  observed: Observed & Pick<ObservedState, 'access'>,
): OperationDraft[] {
  const due = secretsToCreate(stack, observed);
  return due.map((secret): OperationDraft => {
    const source = sourcesOf(secret.recipe).find((name) => due.some((other) => other.name === name));
    const access = secretAccess(secret.name, stack, observed.access);
    const draft = { kind: 'create-secret', resource: secretPath(secret.name), secret, access } as const;
    const replaces = dependentsOf(secret.name, stack).filter((name) => observed.secrets.has(name));
    return observed.secrets.has(secret.name)
      ? {
          ...draft,
          change: 'update',
          cause: reasonToRenew(secret, observed) ?? `created again with ${source ?? 'what it is made of'}`,
          replaces,
        }
      : { ...draft, cause: 'not there yet', replaces };
  });
}

/** Of the secrets that are created, one that a service reads. */
export function newlyRead(
  { mounts }: Pick<Service, 'mounts'>,
  stack: Secrets,
  observed: Observed,
): string | undefined {
  const paths = secretsToCreate(stack, observed).map(({ name }) => secretPath(name));
  return paths.find((path) => mounts.some(({ source }) => source === path));
}

function secretsToCreate(stack: Secrets, observed: Observed): SecretSpec[] {
  const missing = stack.secrets.filter(
    (secret) => !observed.secrets.has(secret.name) || reasonToRenew(secret, observed) !== undefined,
  );
  const dependents = new Set(missing.flatMap(({ name }) => dependentsOf(name, stack)));
  return stack.secrets.filter((secret) => missing.includes(secret) || dependents.has(secret.name));
}

/** Names of the secrets that are made of this one, directly or by way of others. */
function dependentsOf(name: string, stack: Secrets): string[] {
  const direct = stack.secrets.filter(({ recipe }) => sourcesOf(recipe).includes(name));
  return [...new Set(direct.flatMap((one) => [one.name, ...dependentsOf(one.name, stack)]))];
}

/** Names of the secrets that another one is made of. */
export function sourcesOf(recipe: SecretRecipe): readonly string[] {
  switch (recipe.kind) {
    case 'derived':
      return [recipe.from];
    case 'authority':
      return [recipe.key];
    case 'certificate':
      return [recipe.key, recipe.authority, recipe.authorityKey];
    default:
      return [];
  }
}
