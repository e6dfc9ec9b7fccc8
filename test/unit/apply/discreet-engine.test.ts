import { expect, test } from 'vitest';
import { discreetEngine } from '../../../src/apply/discreet-engine.ts';
import type { Engine } from '../../../src/docker/engine.ts';
import { Secret } from '../../../src/secrets/secret.ts';

test('a log must be asked for from the same moment on, and show no secret', async () => {
  const asked: unknown[] = [];
  const engine = {
    async logs(...what: unknown[]) {
      asked.push(what);
      return ['the password is hunter2-0123456789'];
    },
  } as unknown as Engine;
  const discreet = discreetEngine(engine, async () => [new Secret('hunter2-0123456789')]);
  const since = new Date('2026-01-01T00:00:00Z');
  const log = await discreet.logs('synapse', 20, since);
  expect(asked).toEqual([['synapse', 20, since]]);
  expect(log.join()).toMatch(/^the password is (?!hunter2)/);
});
