import { describe, expect, test } from 'vitest';
import { boundsOf } from '../../../src/docker/engine-bounds.ts';
import { BoundsError } from '../../../src/host/bounds.ts';

describe('an engine that has let a call wait in vain', () => {
  const bounds = { unanswered: { reason: new BoundsError('ETIMEDOUT', 'no answer') }, patience: 2 };

  test.each([
    ['GET', '/_ping'],
    ['POST', '/containers/create'],
    ['DELETE', '/volumes/a.lock'],
    ['POST', '/exec/abc/start'],
  ])('must not be waited for as long again by %s %s', (method, path) => {
    expect(boundsOf(method, path, bounds).within).toBe(6_000);
  });

  test('must be waited for as usual once it has answered', () => {
    expect(boundsOf('GET', '/_ping', { unanswered: {} }).within).toBe(30_000);
  });
});
