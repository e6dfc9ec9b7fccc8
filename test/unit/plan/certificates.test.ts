import { describe, expect, test } from 'vitest';
import { renewalBounds, renewals } from '../../../src/plan/certificates.ts';
import type { Validity } from '../../../src/plan/observed-state.ts';
import { reconcile } from '../../../src/plan/reconcile.ts';
import { judgeCertificates } from '../../../src/procedures/status/certificates.ts';
import { localConfig } from '../../fakes/configurations.ts';
import { appliedHost, desiredOf } from '../../fakes/observed.ts';

const day = 24 * 60 * 60 * 1000;
const now = new Date('2028-06-15T00:00:00Z');
const applied = appliedHost(localConfig);

/** Valid from so many days before now, until so many after. */
const valid = (before: number, after: number): Validity => ({
  from: new Date(now.getTime() - before * day),
  until: new Date(now.getTime() + after * day),
});
const good = { 'local_ca.pem': valid(100, 3000), 'localhost.pem': valid(100, 300) };

const seen = (validity: Record<string, Validity>, at = now) => ({ ...applied, now: at, validity });
const planned = (validity: Record<string, Validity>, at = now) =>
  reconcile(desiredOf(localConfig), seen(validity, at));
const created = (validity: Record<string, Validity>, at = now) =>
  planned(validity, at).flatMap((one) => (one.kind === 'create-secret' ? [one.secret.name] : []));

describe('a certificate of our own', () => {
  test('must be left as it is while it is valid for long enough', () => {
    expect(planned(good)).toEqual([]);
  });

  test.each<[string, Validity, string]>([
    ['will expire', valid(365, 89), 'it expires on 2028-09-12'],
    ['has expired', valid(820, -1), 'it expired on 2028-06-14'],
    ['is not valid yet', valid(-1, 819), 'it is not valid before 2028-06-16: a clock was wrong'],
    ['cannot be read', 'unreadable', 'it is no certificate'],
  ])('must be issued again by the same CA when it %s, and be served', (_title, validity, cause) => {
    const plan = planned({ ...good, 'localhost.pem': validity });
    expect(plan.filter(({ kind }) => kind === 'create-secret')).toMatchObject([
      { resource: 'secrets/localhost.pem', cause, change: 'update' },
    ]);
    expect(plan.filter(({ kind }) => kind === 'start-service')).toMatchObject([
      { service: 'traefik', change: 'recreate', unread: 'secrets/localhost.pem' },
    ]);
  });

  test('must not be judged by a clock that is wrong for certain', () => {
    expect(created({ ...good, 'localhost.pem': valid(1, 1) }, new Date(0))).toEqual([]);
  });

  test('must be a finding of status, which fails when clients refuse it', () => {
    const findings = (validity: Validity) => {
      const observed = seen({ ...good, 'localhost.pem': validity });
      return judgeCertificates(reconcile(desiredOf(localConfig), observed), observed);
    };
    expect(findings(valid(100, 300))).toEqual([]);
    expect(findings(valid(365, 60))).toMatchObject([{ verdict: 'warning', about: 'certificate' }]);
    expect(findings(valid(365, -1))).toMatchObject([
      { verdict: 'failed', remedy: expect.stringContaining('matrix-deploy apply') },
    ]);
    expect(findings('unreadable')).toMatchObject([{ verdict: 'failed' }]);
  });
});

test('the CA must be certified again by its own key, with all that it has issued', () => {
  expect(created({ ...good, 'local_ca.pem': valid(3190, 459) })).toEqual(['local_ca.pem', 'localhost.pem']);
  expect(created({ ...good, 'local_ca.pem': valid(3189, 461) })).toEqual([]);
});

test('a shortcut must hold until the first of them is due, and no longer', () => {
  const { secrets } = desiredOf(localConfig).stack;
  const { from, until } = renewalBounds(secrets, { validity: good });
  expect(from).toBe(now.getTime() - 100 * day);
  expect(until).toBe(now.getTime() + 210 * day);
  expect(renewals(planned(good, new Date(until)), seen(good, new Date(until)))).toHaveLength(1);
  expect(renewals(planned(good, new Date(until - 1)), seen(good, new Date(until - 1)))).toEqual([]);
});
