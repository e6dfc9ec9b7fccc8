import { expect, test } from 'vitest';
import { judgeRestore } from '../../../src/procedures/status/restore.ts';
import type { RestorePhase } from '../../../src/state/pending-restore.ts';

test.each<[RestorePhase, string, string]>([
  ['staging', 'warning', '--undo'],
  ['switching', 'failed', '--undo'],
  ['starting', 'failed', '--undo'],
  ['switched', 'warning', '--finish'],
  ['undone', 'failed', '--undo'],
  ['undoing', 'failed', '--undo'],
  ['removing', 'warning', '--finish'],
])('a restore that is %s must be a finding that is %s, and name %s', (phase, verdict, flag) => {
  const found = judgeRestore({ phase, set: '20261128-194501-3fa9', keptBytes: 3e9 });
  expect(found).toMatchObject({ verdict, remedy: expect.stringContaining(flag) });
});

test('what is kept must be told with its size', () => {
  const { finding } = judgeRestore({ phase: 'switched', set: '20261128-194501-3fa9', keptBytes: 3e9 });
  expect(finding).toContain('3.0 GB');
});
