import { expect, test } from 'vitest';
import { wantedServiceRecords } from '../../../src/stack/delegation-records.ts';

test('the SRV records must be shown as a zone file has them', () => {
  expect(wantedServiceRecords('example.org', { host: 'matrix.example.org', port: 8443 })).toEqual([
    { name: '_matrix-fed._tcp.example.org', value: '10 5 8443 matrix.example.org.' },
    { name: '_matrix._tcp.example.org', value: '10 5 8443 matrix.example.org.' },
  ]);
});
