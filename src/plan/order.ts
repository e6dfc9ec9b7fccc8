import type { SecretRecipe } from '../components/component.ts';
import type { Service } from '../components/service.ts';
import { composeFile, type RenderedFile, readsFile } from '../render/render.ts';
import { secretPath } from '../state/layout.ts';
import type { Operation, OperationDraft, OperationKind } from './operation.ts';

/** What a container is made of, and what must be out of its way. */
const containerNeeds: readonly OperationKind[] = [
  'pull-image',
  'create-secret',
  'prepare-data',
  'check-configuration',
  'write-file',
  'repair-mode',
  'remove-service',
];

/**
 * What must be done before what. Nothing that serves is touched before every image is here and every program has
 * accepted its configuration; what does not depend on another runs beside it.
 */
const waitsForKinds: Record<OperationKind, readonly OperationKind[]> = {
  'pull-image': [],
  'create-secret': [],
  'prepare-data': ['pull-image'],
  'check-configuration': ['pull-image'],
  'write-file': ['pull-image', 'create-secret', 'prepare-data', 'check-configuration'],
  'repair-mode': ['write-file'],
  'remove-service': ['write-file'],
  'create-container': containerNeeds,
  'start-service': containerNeeds,
  provision: [],
  prove: ['repair-mode'],
};

/** Names the operations, says of each what it waits for, and puts each behind those. */
export function inOrder(drafts: readonly OperationDraft[], services: readonly Service[]): Operation[] {
  const mustBeWhole = drafts.some(touchesWhatServes);
  const operations = drafts.map((draft) => {
    const kinds = waitsForKinds[draft.kind];
    const before = drafts.filter(
      (other) =>
        (kinds.includes(other.kind) && (mustBeWhole || concerns(draft, other, services))) ||
        waitsFor(draft, other, services),
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

function touchesWhatServes(draft: OperationDraft): boolean {
  switch (draft.kind) {
    case 'start-service':
    case 'write-file':
      return draft.change !== 'create';
    case 'repair-mode':
    case 'remove-service':
      return true;
    default:
      return false;
  }
}

/** Is the other one of what it is made of? Where nothing serves yet, a service starts as soon as what is its own is there. */
function concerns(draft: OperationDraft, other: OperationDraft, services: readonly Service[]): boolean {
  switch (draft.kind) {
    case 'write-file':
      return other.kind !== 'check-configuration' || readsFile(other.check.job, draft.file.path);
    case 'create-container':
      // What is in the directories that it mounts may come later.
      return other.kind === 'write-file' ? isCompose(other.file) : other.kind !== 'check-configuration';
    case 'start-service':
      return isOwn(
        other,
        services.find(({ name }) => name === draft.service),
      );
    default:
      return true;
  }
}

function isOwn(other: OperationDraft, service: Service | undefined): boolean {
  switch (other.kind) {
    case 'check-configuration':
      return other.check.service === service?.name;
    case 'write-file':
      return isCompose(other.file) || (service !== undefined && readsFile(service, other.file.path));
    default:
      return true;
  }
}

function isCompose({ path }: RenderedFile): boolean {
  return path === composeFile;
}

function idOf(draft: OperationDraft): string {
  const part = draft.kind === 'prove' ? `${draft.resource} ${draft.cause}` : draft.resource;
  return `${draft.kind} ${part}`;
}

function waitsFor(draft: OperationDraft, other: OperationDraft, services: readonly Service[]): boolean {
  switch (draft.kind) {
    case 'create-secret':
      return other.kind === 'create-secret' && sourcesOf(draft.secret.recipe).includes(other.secret.name);
    case 'check-configuration':
      return other.kind === 'create-secret' && readsFile(draft.check.job, secretPath(other.secret.name));
    case 'start-service':
      return (
        (other.kind === 'create-container' && other.service === draft.service) ||
        services.some(({ name, needs }) => name === draft.service && isReadiness(other, needs))
      );
    case 'provision':
      return isStart(other, [draft.provision.service]) || isOwnProof(other, draft.provision.service);
    case 'prove':
      return isStart(other, [draft.probe.service, ...(draft.probe.kind === 'exec' ? [] : edges(services))]);
    default:
      return false;
  }
}

function sourcesOf(recipe: SecretRecipe): readonly string[] {
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

function isReadiness(other: OperationDraft, services: readonly string[]): boolean {
  return (
    services.some((service) => isOwnProof(other, service)) ||
    (other.kind === 'provision' && services.includes(other.provision.service))
  );
}

/** Services through which the others are reached from outside. */
function edges(services: readonly Service[]): string[] {
  return services.filter(({ ports }) => ports.length > 0).map(({ name }) => name);
}

/** A proof that needs nothing but the service itself. */
function isOwnProof(other: OperationDraft, service: string): boolean {
  return other.kind === 'prove' && other.probe.kind === 'exec' && other.probe.service === service;
}

function isStart(other: OperationDraft, services: readonly string[]): boolean {
  return other.kind === 'start-service' && services.includes(other.service);
}
