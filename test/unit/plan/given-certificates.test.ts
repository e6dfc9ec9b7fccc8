import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../../src/errors.ts';
import {
  changedCertificates,
  type ObservedCertificate,
  refuseBadCertificates,
  unwatchedRenewals,
} from '../../../src/plan/given-certificates.ts';
import type { Plan } from '../../../src/plan/plan.ts';

const found: ObservedCertificate = {
  given: {
    chain: '/etc/chain.pem',
    key: '/etc/key.pem',
    service: 'traefik',
    copy: 'secrets/certificate/served.pem',
    watched: 'traefik/dynamic/routes.yml',
    names: ['example.org'],
  },
  isReadable: true,
  issues: [],
  certificate: { pem: 'pem', fingerprint: 'AB', validUntil: new Date('2026-09-01') },
  isHalfRenewed: false,
  hasCopy: false,
  isCopied: false,
};
const gone = { isReadable: false, issues: ['it is not there'], certificate: undefined };

describe('files of a certificate', () => {
  test.each<[string, Partial<ObservedCertificate>, string | undefined]>([
    ['that were never copied must be', {}, 'create'],
    ['that were renewed must be copied', { hasCopy: true }, 'update'],
    ['that are copied need nothing', { hasCopy: true, isCopied: true }, undefined],
    ['that are gone leave their copy', { ...gone, hasCopy: true }, undefined],
    [
      'that have expired since leave their copy',
      { issues: ['expired'], hasCopy: true, isCopied: true },
      undefined,
    ],
  ])('%s', (_, difference, change) => {
    const seen = [{ ...found, ...difference }];
    refuseBadCertificates(seen);
    expect(changedCertificates(seen).map((draft) => 'change' in draft && draft.change)).toEqual(
      change === undefined ? [] : [change],
    );
  });

  test.each<[string, Partial<ObservedCertificate>]>([
    ['that are not there, and were never copied', gone],
    ['that are bad', { issues: ['not for example.org'] }],
    ['that are bad in place of what is served', { issues: ['not for example.org'], hasCopy: true }],
  ])('%s must be refused', (_, difference) => {
    expect(() => refuseBadCertificates([{ ...found, ...difference }])).toThrow(ConfigError);
  });

  test.each([
    [false, ['traefik.certificates.chain']],
    [true, []],
  ])('must be a reason to say how renewals are served, the first time: %j', (hasCopy, settings) => {
    const plan = changedCertificates([{ ...found, hasCopy }]).map((draft) => ({
      ...draft,
      id: '1',
      after: [],
    }));
    expect(unwatchedRenewals(plan as unknown as Plan).map(({ setting }) => setting)).toEqual(settings);
  });

  test('must not be shown by a plan', () => {
    expect(JSON.stringify(changedCertificates([found]))).not.toContain('"pem"');
  });
});
