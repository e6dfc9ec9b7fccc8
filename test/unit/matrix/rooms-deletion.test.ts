import { expect, test } from 'vitest';
import type { Api } from '../../../src/matrix/api.ts';
import { removeRoom } from '../../../src/matrix/rooms-deletion.ts';
import { fakeClock } from '../../fakes/clock.ts';

test.each([
  [['scheduled', 'active', 'complete'], 'complete'],
  [['active', 'failed'], 'failed'],
  [['active'], 'active'],
])('a deletion that is %s must be told as %s', async (statuses, expected) => {
  const left = [...statuses];
  const api: Api = async ({ method }) => {
    const status = left.length > 1 ? left.shift() : left[0];
    return { status: 200, body: method === 'DELETE' ? { delete_id: 'd' } : { delete_id: 'd', status } };
  };
  expect(await removeRoom(api, '!room:a.test', fakeClock())).toBe(expected);
});
