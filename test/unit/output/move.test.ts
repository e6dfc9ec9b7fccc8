import { Chalk } from 'chalk';
import { describe, expect, test } from 'vitest';
import { describeAbort, describeMove } from '../../../src/output/move.ts';
import type { MoveResult } from '../../../src/procedures/move/moving.ts';

const style = new Chalk({ level: 0 });

const result: MoveResult = {
  serverName: 'example.org',
  host: 'root@beta',
  directoryThere: '/opt/matrix',
  url: 'https://matrix.example.org',
  set: '20261128-194501-3fa9',
  downtimeSeconds: 75,
  sent: { before: 3e9, after: 12e6 },
  outside: [],
  names: ['matrix.example.org', 'example.org'],
  addresses: ['198.51.100.7', '2001:db8::7'],
  timer: undefined,
  watch: undefined,
  backupsThere: '/opt/matrix.moving',
};

describe('what is said of a move', () => {
  test('must be the downtime, what was sent, and the records to change', () => {
    const told = describeMove(result, style).join('\n');
    expect(told).toContain('1 min 15 s');
    expect(told).toContain('3.0 GB while it ran, 12 MB after it was stopped');
    expect(told).toContain('`matrix.example.org. A 198.51.100.7` and `matrix.example.org. AAAA 2001:db8::7`');
    expect(told).toContain('`example.org. A 198.51.100.7`');
    expect(told).not.toContain('backup schedule');
  });

  test('must be no record for a server that only its host reaches', () => {
    expect(describeMove({ ...result, names: [] }, style).join('\n')).not.toContain('DNS');
  });

  test('must be that backups were scheduled', () => {
    const told = describeMove({ ...result, timer: 'matrix-backup.timer' }, style).join('\n');
    expect(told).toContain('matrix-deploy backup schedule');
  });

  test('must be, when it is ended, whether the server was away', () => {
    const record = { host: 'root@beta', directoryThere: '/opt/matrix', options: [] };
    const told = (phase: 'preparing' | 'moved', movedAt?: string) =>
      describeAbort(
        'example.org',
        { ...record, phase, ...(movedAt === undefined ? {} : { movedAt }) },
        style,
      ).join('\n');
    expect(told('preparing')).toContain('kept running here');
    expect(told('moved', '2026-11-28T19:45:01.000Z')).toContain('Point the DNS records here again');
  });
});
