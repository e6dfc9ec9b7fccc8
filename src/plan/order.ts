import type { Service } from '../components/service.ts';
import { composeFile, secretPath } from '../layout.ts';
import { type RenderedFile, readsFile } from '../render/render.ts';
import { containerNeeds, operationKinds } from './kinds.ts';
import type { ObservedState } from './observed-state.ts';
import type { Operation, OperationDraft } from './operation.ts';
import { sourcesOf } from './secrets.ts';

/**
 * Gives each operation its ID and its dependencies, and puts it behind those. In a first installation nothing that
 * serves needs protection: each operation waits only for what it uses itself.
 */
export function inOrder(
  drafts: readonly OperationDraft[],
  services: readonly Service[],
  { isInstalled }: Pick<ObservedState, 'isInstalled'>,
): Operation[] {
  const operations = drafts.map((draft) => {
    const kinds = operationKinds[draft.kind].waitsFor;
    const before = drafts.filter(
      (other) =>
        (kinds.includes(other.kind) &&
          !isOfAnother(draft, other) &&
          (isInstalled || dependsOn(draft, other, services))) ||
        waitsFor(draft, other, services) ||
        usesProvision(draft, other, { isInstalled, services }),
    );
    return { ...draft, id: idOf(draft), after: before.map(idOf) };
  });
  const sorted: Operation[] = [];
  const placed = new Set<string>();
  while (sorted.length < operations.length) {
    const next = operations.find(
      ({ id, after }) => !placed.has(id) && after.every((other) => placed.has(other)),
    );
    if (next === undefined) {
      throw new Error('the operations of a plan wait for one another in a circle');
    }
    placed.add(next.id);
    sorted.push(next);
  }
  return sorted;
}

/**
 * Whether an operation is the check of a service by itself, and the other one connects another service. The other
 * service may have to wait for this check before it starts, as Synapse does for Postgres.
 */
function isOfAnother(draft: OperationDraft, other: OperationDraft): boolean {
  if (draft.kind !== 'probe' || draft.probe.kind !== 'exec') return false;
  const connects = other.kind === 'admit-service' || other.kind === 'leave-network';
  return connects && other.service !== draft.probe.service;
}

/** Whether an operation needs the result of the other one. Only a first installation makes this distinction. */
function dependsOn(draft: OperationDraft, other: OperationDraft, services: readonly Service[]): boolean {
  switch (draft.kind) {
    case 'write-file':
      return other.kind !== 'prepare-data';
    case 'create-container':
      // Files in the directories that it mounts may come later.
      return other.kind === 'write-file' ? isCompose(other.file) : isOwn(draft.service, other, services);
    case 'start-service':
      return isOwn(draft.service, other, services);
    case 'prepare-data':
      // So that a secret which nobody can create again is never missing where there is data.
      return other.kind !== 'create-secret' || other.secret.identity !== undefined;
    default:
      return true;
  }
}

function isOwn(service: string, other: OperationDraft, services: readonly Service[]): boolean {
  const sees = (path: string) => services.some((one) => one.name === service && readsFile(one, path));
  switch (other.kind) {
    case 'prepare-data':
      return sees(other.data.path);
    case 'write-file':
      return isCompose(other.file) || sees(other.file.path);
    default:
      return true;
  }
}

function isCompose({ path }: RenderedFile): boolean {
  return path === composeFile;
}

function idOf(draft: OperationDraft): string {
  const part = draft.kind === 'probe' ? `${draft.resource} ${draft.cause}` : draft.resource;
  return `${draft.kind} ${part}`;
}

function waitsFor(draft: OperationDraft, other: OperationDraft, services: readonly Service[]): boolean {
  switch (draft.kind) {
    case 'create-secret':
      return other.kind === 'create-secret' && sourcesOf(draft.secret.recipe).includes(other.secret.name);
    case 'check-configuration':
      return (
        (other.kind === 'create-secret' && readsFile(draft.check.job, secretPath(other.secret.name))) ||
        isCacheBefore(other, draft.check.service)
      );
    case 'start-service':
      return (
        (other.kind === 'create-container' && other.service === draft.service) ||
        isCacheBefore(other, draft.service)
      );
    case 'admit-service':
      return isStart(other, [draft.service]);
    case 'fill-cache':
      return draft.when === 'after' && other.kind === 'probe' && other.probe.service === draft.cache.service;
    case 'provision':
      return (
        isStart(other, [draft.provision.service]) ||
        isOwnProbe(other, draft.provision.service) ||
        (other.kind === 'create-secret' && other.secret.name === draft.provision.secret) ||
        // From then on, users of the provision need the new secret. So this comes right before they are restarted.
        (draft.change === 'update' && isBeforeRestarts(other))
      );
    case 'probe':
      return isStart(other, [draft.probe.service, ...(draft.probe.kind === 'exec' ? [] : edges(services))]);
    default:
      return false;
  }
}

/**
 * Whether a start waits for a provision. No service starts on a database that is about to be removed, nor, in a
 * deployment that has served, on one whose identity was not checked yet. In a first installation, services wait for
 * their databases by themselves.
 */
function usesProvision(
  draft: OperationDraft,
  other: OperationDraft,
  { isInstalled, services }: { isInstalled: boolean; services: readonly Service[] },
): boolean {
  if (draft.kind !== 'start-service' || other.kind !== 'provision') return false;
  if (!isInstalled) return other.again?.includes(draft.service) ?? false;
  const { needs = [] } = services.find(({ name }) => name === draft.service) ?? {};
  return needs.includes(other.provision.service);
}

function isBeforeRestarts(other: OperationDraft): boolean {
  return containerNeeds.includes(other.kind) || (other.kind === 'fill-cache' && other.when === 'before');
}

/** Services through which the others are reached from outside. */
function edges(services: readonly Service[]): string[] {
  return services.filter(({ ports }) => ports.length > 0).map(({ name }) => name);
}

/** Whether this is a health check that needs nothing but the service itself. */
function isOwnProbe(other: OperationDraft, service: string): boolean {
  return other.kind === 'probe' && other.probe.kind === 'exec' && other.probe.service === service;
}

function isCacheBefore(other: OperationDraft, service: string): boolean {
  return other.kind === 'fill-cache' && other.when === 'before' && other.cache.service === service;
}

function isStart(other: OperationDraft, services: readonly string[]): boolean {
  return other.kind === 'start-service' && services.includes(other.service);
}
