import { expect, test } from 'vitest';
import { hasUsualGateways } from '../../../src/docker/usual-gateways.ts';

const subnet = '172.30.0.0/16';

test.each<[string, object, boolean]>([
  ['chosen by the engine', { Subnet: subnet, Gateway: '172.30.0.1' }, true],
  ['with its length', { Subnet: '10.1.2.128/25', Gateway: '10.1.2.129/25' }, true],
  ['not told', { Subnet: subnet }, true],
  ['empty, beside a range at the beginning', { Subnet: subnet, Gateway: '', IPRange: '172.30.0.0/24' }, true],
  ['of IPv6', { Subnet: 'fd00::/64', Gateway: 'fd00::ff' }, true],
  ['the last address', { Subnet: subnet, Gateway: '172.30.255.254' }, false],
  ['the first of a range', { Subnet: subnet, IPRange: '172.30.5.0/24' }, false],
  [
    'another machine',
    {
      Subnet: subnet,
      Gateway: '172.30.0.1',
      AuxiliaryAddresses: { DefaultGatewayIPv4: '172.30.0.9' },
    },
    false,
  ],
])('a gateway that is %s: %j must be usual: %s', (_title, range, isUsual) => {
  expect(hasUsualGateways({ Config: [range] })).toBe(isUsual);
  expect(hasUsualGateways({ Config: [{ Subnet: '10.9.0.0/24', Gateway: '10.9.0.1' }, range] })).toBe(isUsual);
});

test('a network without addresses must be usual', () => {
  expect(hasUsualGateways(undefined)).toBe(true);
  expect(hasUsualGateways({ Config: null })).toBe(true);
});
