import type { SecretRecipe, SecretSpec } from '../components/secret.ts';
import type { Service } from '../components/service.ts';
import { secretPath } from '../layout.ts';
import { hasOpenPlace } from '../stack/identity.ts';
import type { Stack } from '../stack/stack.ts';
import { secretAccess } from './access.ts';
import { reasonToRenew } from './certificates.ts';
import type { ObservedState } from './observed-state.ts';
import type { OperationDraft } from './operation.ts';

type Secrets = Pick<Stack, 'secrets'>;
type Observed = Pick<ObservedState, 'secrets' | 'rotating' | 'mismatched' | 'identity' | 'now' | 'validity'>;

/**
 * Creates secrets: missing, rotated and mismatched ones, certificates that are about to expire, and all that are made
 * of those. A certificate is of no use with another key or another CA.
 */
export function secretOperations(
  stack: Stack,
  observed: Observed & Pick<ObservedState, 'access'>,
): OperationDraft[] {
  return secretsToCreate(stack, observed).map((secret): OperationDraft => {
    const access = secretAccess(secret.name, stack, observed.access);
    const draft = { kind: 'create-secret', resource: secretPath(secret.name), secret, access } as const;
    const replaces = dependentsOf(secret.name, stack).filter((name) => observed.secrets.has(name));
    if (!observed.secrets.has(secret.name)) return { ...draft, cause: 'not there yet', replaces };
    return { ...draft, change: 'update', cause: whyAgain(secret, stack, observed), replaces };
  });
}

function whyAgain(secret: SecretSpec, { secrets }: Secrets, observed: Observed): string {
  if (isRotated(secret, observed)) return 'rotated';
  const renewal = reasonToRenew(secret, observed);
  if (renewal !== undefined) return renewal;
  if (observed.mismatched.has(secret.name))
    return 'it does not match the secrets or names that it is made of';
  const source = secrets.find((one) => sourcesOf(secret.recipe).includes(one.name) && isDue(one, observed));
  return `created again with ${source?.name ?? 'what it is made of'}`;
}

/**
 * The path of a secret that a service reads, and that is created or given to a provision which it does not open yet;
 * `undefined` when there is none.
 */
export function newlyRead(
  { mounts }: Pick<Service, 'mounts'>,
  stack: Pick<Stack, 'secrets' | 'provisions'>,
  observed: Observed & Pick<ObservedState, 'provisions'>,
): string | undefined {
  const given = stack.provisions
    .filter(({ name }) => observed.provisions.get(name) === 'closed')
    .flatMap(({ secret }) => [secret, ...dependentsOf(secret, stack)]);
  const paths = [...secretsToCreate(stack, observed).map(({ name }) => name), ...given].map(secretPath);
  return paths.find((path) => mounts.some(({ source }) => source === path));
}

/** The secrets that must be created or created again, and those that are made of them. */
export function secretsToCreate(stack: Secrets, observed: Observed): SecretSpec[] {
  const due = stack.secrets.filter((secret) => isDue(secret, observed));
  const dependents = new Set(due.flatMap(({ name }) => dependentsOf(name, stack)));
  return stack.secrets.filter((secret) => due.includes(secret) || dependents.has(secret.name));
}

function isDue(secret: SecretSpec, observed: Observed): boolean {
  const { secrets, mismatched } = observed;
  return (
    !secrets.has(secret.name) ||
    isRotated(secret, observed) ||
    mismatched.has(secret.name) ||
    reasonToRenew(secret, observed) !== undefined
  );
}

function isRotated({ name }: SecretSpec, { rotating, identity }: Observed): boolean {
  return rotating.has(name) || hasOpenPlace(secretPath(name), identity);
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
      return recipe.from;
    case 'authority':
      return [recipe.key];
    case 'certificate':
      return [recipe.key, recipe.authority, recipe.authorityKey];
    default:
      return [];
  }
}
