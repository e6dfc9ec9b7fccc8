import { failed, type Judgement } from '../judgement.ts';

/** The validity period of a certificate. */
interface Term {
  readonly validFrom: Date;
  readonly validUntil: Date;
}

const day = 24 * 60 * 60 * 1000;

/**
 * A certificate was not renewed in time if both less than a seventh of its lifetime and less than two weeks are left.
 * ACME clients renew when a third is left, and Traefik at the latest when a sixth is (`lifetime_hours` of
 * traefik.certificates).
 */
const lateShare = 1 / 7;
const lateMost = 14 * day;

/** How many whole days a certificate is still valid; negative for one that is not valid any more. */
export function daysLeft({ validUntil }: Pick<Term, 'validUntil'>, now: Date): number {
  return Math.floor((validUntil.getTime() - now.getTime()) / day);
}

/** A finding if a served certificate has expired, or was not renewed in time. */
export function judgeTerm(
  { name, validFrom, validUntil }: Term & { readonly name: string },
  now: Date,
  remedy: string,
): Judgement[] {
  const left = validUntil.getTime() - now.getTime();
  const end = validUntil.toISOString().replace(/:\d\d\.\d+Z$/, 'Z');
  if (left <= 0) return [failed(`the certificate that is served for ${name} expired at ${end}`, remedy)];
  const late = Math.min((validUntil.getTime() - validFrom.getTime()) * lateShare, lateMost);
  return left < late
    ? [
        failed(
          `the certificate that is served for ${name} was not renewed in time: it expires at ${end}`,
          remedy,
        ),
      ]
    : [];
}
