import type { SecretSpec } from '../components/secret.ts';
import { released } from '../releases/released.ts';
import type { ObservedState, Validity } from './observed-state.ts';
import type { Plan } from './plan.ts';

type Observed = Pick<ObservedState, 'now' | 'validity'>;

const day = 24 * 60 * 60 * 1000;

/**
 * How many days before it expires a certificate is issued again. A CA certificate is issued again while its remaining
 * time still covers the full lifetime of the certificates that it signs.
 */
const renewalDays = { certificate: 90, authority: 460 } as const;

/**
 * Why a certificate that this program issues must be issued again; `undefined` when it need not be, or when the
 * secret is no certificate.
 */
export function reasonToRenew({ name, recipe }: SecretSpec, observed: Observed): string | undefined {
  if (recipe.kind !== 'certificate' && recipe.kind !== 'authority') return undefined;
  const validity = observed.validity[name];
  if (validity === undefined) return undefined;
  if (validity === 'unreadable') return 'it is no certificate';
  const { now } = observed;
  // A clock before this time is wrong for certain: no valid certificate is replaced because of it.
  if (now < released) return undefined;
  if (now < validity.from) return `it is not valid before ${dayOf(validity.from)}: a clock was wrong`;
  if (now >= validity.until) return `it expired on ${dayOf(validity.until)}`;
  return now >= renewalOf(recipe.kind, validity) ? `it expires on ${dayOf(validity.until)}` : undefined;
}

/** Between which times of the clock none of the certificates needs to be issued again, in milliseconds since 1970. */
export function renewalBounds(
  secrets: readonly SecretSpec[],
  { validity }: Pick<Observed, 'validity'>,
): { readonly from: number; readonly until: number } {
  const bounds = secrets.flatMap(({ name, recipe: { kind } }) => {
    const found = validity[name];
    return (kind === 'certificate' || kind === 'authority') && typeof found === 'object'
      ? [{ from: found.from.getTime(), until: renewalOf(kind, found).getTime() }]
      : [];
  });
  return {
    from: Math.max(0, ...bounds.map(({ from }) => from)),
    until: Math.min(Number.MAX_SAFE_INTEGER, ...bounds.map(({ until }) => until)),
  };
}

/**
 * The existing certificates of our own that a plan issues again, each with the cause and whether clients already
 * refuse it.
 */
export function renewals(
  plan: Plan,
  observed: Observed,
): { readonly path: string; readonly cause: string; readonly isRefused: boolean }[] {
  return plan.flatMap((operation) => {
    if (operation.kind !== 'create-secret') return [];
    const cause = reasonToRenew(operation.secret, observed);
    const validity = observed.validity[operation.secret.name];
    const isRefused = typeof validity === 'object' && !isWithin(observed.now, validity);
    return cause === undefined
      ? []
      : [{ path: operation.resource, cause, isRefused: isRefused || validity === 'unreadable' }];
  });
}

function renewalOf(kind: keyof typeof renewalDays, { until }: Exclude<Validity, 'unreadable'>): Date {
  return new Date(until.getTime() - renewalDays[kind] * day);
}

function isWithin(time: Date, { from, until }: Exclude<Validity, 'unreadable'>): boolean {
  return from <= time && time < until;
}

function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10);
}
