import type { Provision } from '../components/questions.ts';
import { secretPath } from '../layout.ts';
import type { Stack } from '../stack/stack.ts';
import type { ObservedState } from './observed-state.ts';
import type { OperationDraft } from './operation.ts';
import { secretsToCreate } from './secrets.ts';
import type { ServiceChanges } from './service-changes.ts';

type Parts = Pick<Stack, 'provisions' | 'services' | 'secrets'>;
type Observed = Pick<
  ObservedState,
  | 'provisions'
  | 'containers'
  | 'isInstalled'
  | 'secrets'
  | 'rotating'
  | 'mismatched'
  | 'identity'
  | 'now'
  | 'validity'
>;

/** Creates what is missing inside running services, or gives it another secret. */
export function provisionOperations(
  stack: Parts,
  observed: Observed,
  changes: ServiceChanges,
): OperationDraft[] {
  const again = begunAgain(stack, observed);
  const created = secretsToCreate(stack, observed);
  return stack.provisions
    .filter(
      (provision) =>
        again.includes(provision) ||
        isMissing(provision, observed) ||
        created.some(({ name }) => name === provision.secret),
    )
    .map((provision): OperationDraft => {
      const { name: resource, service, secret } = provision;
      if (again.includes(provision)) {
        const cause = observed.provisions.has(resource)
          ? 'created again: its first set-up was not finished, and nothing is in it'
          : 'created if it is missing, or if its first set-up was not finished';
        return { kind: 'provision', resource, cause, provision, again: usersOf(provision, stack) };
      }
      if (observed.provisions.get(resource) === 'closed') {
        const cause = `${secretPath(secret)} does not open it`;
        return { kind: 'provision', resource, cause, provision, change: 'update' };
      }
      if (!isMissing(provision, observed)) {
        const cause = `opened by the new ${secretPath(secret)}`;
        return { kind: 'provision', resource, cause, provision, change: 'update' };
      }
      const isHidden = !observed.provisions.has(resource) && changes.get(service)?.change === 'start';
      return {
        kind: 'provision',
        resource,
        cause: isHidden ? 'created if it is missing' : 'not there yet',
        provision,
      };
    });
}

function isMissing({ name }: Provision, { provisions }: Observed): boolean {
  return !['there', 'unused'].includes(provisions.get(name) ?? '');
}

/**
 * The provisions to create again, since their first set-up may have been interrupted: a program does its set-up in
 * several steps, and cannot continue half of it. If a user of the provision is healthy, the set-up was finished. If
 * the service of the provision does not run or does not answer yet, the check is made once it does, before the users
 * start.
 */
export function begunAgain(stack: Parts, observed: Observed): readonly Provision[] {
  if (observed.isInstalled) return [];
  const isHealthy = (name: string) =>
    observed.containers.some(({ service, status }) => service === name && status.includes('(healthy)'));
  const hasContainer = (name: string) => observed.containers.some(({ service }) => service === name);
  return stack.provisions.filter((provision) => {
    const state = observed.provisions.get(provision.name);
    const mayBe = state === 'unused' || (state === undefined && hasContainer(provision.service));
    return mayBe && !usersOf(provision, stack).some(isHealthy);
  });
}

/** The services that use the service of a provision. */
function usersOf({ service }: Provision, { services }: Parts): string[] {
  return services.filter(({ needs }) => needs.includes(service)).map(({ name }) => name);
}
