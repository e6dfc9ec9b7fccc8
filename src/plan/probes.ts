import type { Probe } from '../components/questions.ts';
import type { Stack } from '../stack/stack.ts';
import type { OperationDraft } from './operation.ts';
import { inOrder } from './order.ts';
import type { Plan } from './plan.ts';

/**
 * The health checks of the services that these operations touch, except those that write: they run when all is done.
 */
export function probeDrafts(
  { probes }: Pick<Stack, 'probes'>,
  drafts: readonly OperationDraft[],
): OperationDraft[] {
  const touched = new Set(drafts.flatMap(touchedServices));
  return probes.filter(({ service, writes }) => touched.has(service) && !writes).map(probeDraft);
}

/**
 * The health checks that a plan leaves out: those of services that it does not touch, and those that write. A check
 * that another one covers is not needed.
 */
export function remainingProbes({ probes, services }: Pick<Stack, 'probes' | 'services'>, plan: Plan): Plan {
  const planned = plan.flatMap((operation) => (operation.kind === 'probe' ? [operation.probe] : []));
  const others = probes.filter((probe) => !planned.includes(probe));
  const covered = others.flatMap(({ service, covers = [] }) => covers.map((name) => `${service} ${name}`));
  const due = others.filter(({ service, name }) => !covered.includes(`${service} ${name}`));
  return inOrder(due.map(probeDraft), services, { isInstalled: true });
}

function touchedServices(draft: OperationDraft): string[] {
  switch (draft.kind) {
    case 'start-service':
    case 'leave-network':
    case 'admit-service':
      return [draft.service];
    case 'give-certificate':
      return [draft.given.service];
    case 'repair-mode':
      return [draft.file.service];
    case 'provision':
      // An interrupted run may have started the service only a moment ago.
      return [draft.provision.service];
    default:
      return [];
  }
}

function probeDraft(probe: Probe): OperationDraft {
  return { kind: 'probe', resource: probe.service, cause: probe.name, probe };
}
