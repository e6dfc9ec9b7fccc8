import { expect, test } from 'vitest';
import { judgeMove } from '../../../src/procedures/status/move.ts';
import type { MoveRecord } from '../../../src/state/move.ts';

test.each<[MoveRecord['phase'], 'warning' | 'failed', string]>([
  ['preparing', 'warning', 'matrix-deploy move root@beta'],
  ['stopping', 'failed', 'matrix-deploy move root@beta'],
  ['restoring', 'failed', 'matrix-deploy move root@beta'],
  ['moved', 'failed', 'matrix-deploy move --abort'],
  ['returning', 'failed', 'matrix-deploy move --abort'],
  ['returned', 'failed', 'matrix-deploy move --abort'],
  ['given-up', 'failed', 'matrix-deploy destroy --delete-data'],
])('status must say of a move that is %s: %s, and what to do', (phase, verdict, command) => {
  const judged = judgeMove({ phase, host: 'root@beta', directoryThere: '/opt/matrix', options: [] });
  expect(judged).toMatchObject({ verdict, remedy: expect.stringContaining(command) });
});
