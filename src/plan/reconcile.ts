import type { Rendering } from '../render/render.ts';
import type { Secret } from '../secrets/secret.ts';
import type { Stack } from '../stack/stack.ts';
import { octal, wrongAccess } from './access.ts';
import { changedBundles, missingKey, surplusBundles } from './bundles.ts';
import { describeFileChange } from './changes.ts';
import { describeDrift } from './drift.ts';
import { refuseForeignFiles } from './foreign-files.ts';
import { changedCertificates, refuseBadCertificates, surplusCopies } from './given-certificates.ts';
import { refuseLost, refuseReplaced } from './lost.ts';
import { refuseBadFiles, refuseMissingFiles, refuseMissingSecrets } from './missing.ts';
import type { ObservedState } from './observed-state.ts';
import type { OperationDraft } from './operation.ts';
import { inOrder } from './order.ts';
import { refuseOtherRelease, refuseSuccession } from './other-release.ts';
import { refuseOtherServerName } from './permanent.ts';
import type { Plan } from './plan.ts';
import { probeDrafts } from './probes.ts';
import { refuseProcessors } from './processors.ts';
import { provisionOperations } from './provisions.ts';
import { secretOperations } from './secrets.ts';
import { containerOf, type ServiceChanges, serviceChanges, serviceOperations } from './service-changes.ts';
import { isOurs } from './written.ts';

/** What the operator wants, as values and as text. */
export interface Desired {
  readonly stack: Stack;
  readonly rendering: Rendering;
  /** Values that must not appear in our output, whichever program prints them. */
  readonly confidential: readonly Secret[];
}

/**
 * Decides which operations turn what is there into what is wanted. Pure: the same two values always give the same
 * plan, and the plan of a just-applied state is empty.
 *
 * @throws ConfigError when the configuration or files of the operator cannot be applied; PreflightError when
 *   something that must never be recreated is missing, or belongs to another deployment.
 */
export function reconcile(desired: Desired, observed: ObservedState): Plan {
  refuseForeignFiles(observed.foreignFiles);
  refuseOtherServerName(desired.stack, observed);
  refuseMissingSecrets(desired.stack, observed);
  refuseMissingFiles(desired.stack, observed);
  refuseBadCertificates(observed.certificates);
  refuseReplaced(desired.stack, observed);
  refuseLost(desired.stack, observed);
  refuseBadFiles(desired.stack, observed);
  refuseProcessors(desired.stack, observed);
  refuseOtherRelease(desired.stack, observed);
  refuseSuccession(desired.stack, observed);
  const changes = serviceChanges(desired, observed);
  const drafts = [
    ...wrongAccess(desired.stack, observed),
    ...missingImages(desired, observed),
    ...secretOperations(desired.stack, observed),
    ...missingKey(observed),
    ...changedBundles(observed),
    ...changedCertificates(observed.certificates),
    ...missingData(desired, observed),
    ...checks(desired, observed, changes),
    ...changedFiles(desired, observed),
    ...wrongModes(desired, observed),
    ...serviceOperations(desired, observed, changes),
    ...provisionOperations(desired.stack, observed, changes),
    ...surplusContainers(desired, observed),
    ...surplusBundles(observed),
    ...surplusCopies(observed),
  ];
  const isQuick = drafts.every(({ kind }) => kind === 'repair-access');
  const all = [...drafts, ...missingCaches(desired, observed, changes, isQuick)];
  return inOrder([...all, ...probeDrafts(desired.stack, drafts)], desired.stack.services, observed);
}

/**
 * A cache is filled first if its service is about to be recreated, which then starts with it, or if nothing else in
 * the plan takes time. Otherwise it is filled last: nothing waits for it, least of all a first installation.
 */
function missingCaches(
  { stack }: Desired,
  { caches, isInstalled }: ObservedState,
  changes: ServiceChanges,
  isQuick: boolean,
): OperationDraft[] {
  return stack.caches
    .filter(({ path }) => !caches.has(path))
    .map((cache) => {
      const isUsedNow = isInstalled && changes.has(cache.service);
      return {
        kind: 'fill-cache',
        resource: cache.path,
        cause: `${cache.name}, so that it starts faster`,
        cache,
        when: isUsedNow || isQuick ? 'before' : 'after',
      };
    });
}

function missingImages({ stack }: Desired, { images, lock }: ObservedState): OperationDraft[] {
  return stack.images
    .filter((tag) => !images.has(tag))
    .map((tag) => ({
      kind: 'pull-image',
      resource: `image ${tag}`,
      cause: 'not on this host',
      tag,
      reference: lock[tag] === undefined ? tag : `${tag}@${lock[tag]}`,
    }));
}

function missingData({ stack }: Desired, observed: ObservedState): OperationDraft[] {
  return stack.data
    .filter(({ path }) => !observed.data.has(path))
    .map((data) => ({
      kind: 'prepare-data',
      resource: data.path,
      cause: 'not there yet',
      data,
      image: imageThatMounts(stack, data.path),
    }));
}

function imageThatMounts({ services }: Stack, path: string): string {
  const service = services.find(({ mounts }) => mounts.some(({ source }) => source === path));
  if (service === undefined) {
    throw new Error(`no service mounts ${path}`);
  }
  return service.image;
}

function checks(
  { stack }: Desired,
  { isInstalled }: ObservedState,
  changes: ServiceChanges,
): OperationDraft[] {
  // In a first installation the start of the program is the check: it refuses the same, and can do no harm yet.
  const due = isInstalled ? stack.checks : [];
  return due
    .filter(({ service }) => ['create', 'recreate'].includes(changes.get(service)?.change ?? ''))
    .map((check) => ({
      kind: 'check-configuration',
      resource: `configuration of ${check.service}`,
      cause: 'checked before anything restarts',
      check,
    }));
}

function changedFiles({ rendering }: Desired, { files, written }: ObservedState): OperationDraft[] {
  return rendering.files
    .filter(({ path, text }) => files[path] !== text)
    .map((file) => {
      const before = files[file.path];
      const draft = { kind: 'write-file', resource: file.path, file } as const;
      const cause = describeFileChange(file.path, before, file.text);
      if (before === undefined) {
        return { ...draft, change: 'create', cause };
      }
      if (isOurs(written, file.path, before)) {
        return { ...draft, change: 'update', cause };
      }
      const drift = describeDrift(file.path, file.text, before);
      return { ...draft, change: 'overwrite', cause: `edited by hand: ${cause}`, drift };
    });
}

function wrongModes({ stack, rendering }: Desired, observed: ObservedState): OperationDraft[] {
  return stack.data.flatMap(({ path, restrictedFiles }) =>
    restrictedFiles.flatMap((file): OperationDraft[] => {
      const resource = `${path}/${file.path}`;
      const mode = observed.strictModes[resource];
      const service = stack.services.find(({ name }) => name === file.service);
      const container = service && containerOf(service, rendering, observed);
      if (mode === undefined || mode === file.mode) {
        return [];
      }
      const cause = `mode ${octal(mode)}, and ${file.service} reads it only with ${octal(file.mode)}`;
      return [{ kind: 'repair-mode', resource, cause, file, path: resource, container: container?.id }];
    }),
  );
}

function surplusContainers({ stack, rendering }: Desired, observed: ObservedState): OperationDraft[] {
  const wanted = new Set(stack.services.map((service) => containerOf(service, rendering, observed)?.id));
  return observed.containers
    .filter(({ id }) => !wanted.has(id))
    .map(({ id, service }) => ({
      kind: 'remove-service',
      resource: `container of ${service}`,
      cause: stack.services.some(({ name }) => name === service)
        ? 'left over from an interrupted run'
        : 'not part of the stack',
      container: id,
    }));
}
