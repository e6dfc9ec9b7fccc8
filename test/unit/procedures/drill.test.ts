import { expect, test } from 'vitest';
import { refuseShort } from '../../../src/procedures/drill/memory.ts';
import { parseChecks } from '../../../src/procedures/drill/try-copy.ts';
import { type BackupsSeen, judgeBackups, type KnownBackups } from '../../../src/procedures/status/backups.ts';

const machine = (megabytes: number) => ({
  readFile: async () => `MemTotal: 4000000 kB\nMemAvailable: ${megabytes * 1000} kB\n`,
});

test('a drill must not take the memory that the server needs', async () => {
  await expect(refuseShort(machine(100))).rejects.toThrow('no memory');
  await expect(refuseShort(machine(2000))).resolves.toBeUndefined();
});

test('what was tried must be read line by line', () => {
  expect(parseChecks('ok a new user is let in\nnoise\nwrong !r has 5 events, and 3 can be read\n')).toEqual([
    { ok: true, found: 'a new user is let in' },
    { ok: false, found: '!r has 5 events, and 3 can be read' },
  ]);
});

const day = 86_400_000;
const now = new Date('2026-06-01T00:00:00Z');
const ago = (days: number) => new Date(now.getTime() - days * day);
const target: KnownBackups = {
  target: 'local',
  path: '/opt/matrix/backups',
  latest: { set: 'x', at: ago(0) },
  latestDrill: { set: 'x', at: ago(10) },
  hasRecoveryKey: true,
  readBack: null,
  since: ago(30),
};
const verdicts = (different: Partial<KnownBackups>) => {
  const seen: BackupsSeen = { targets: [{ ...target, ...different }], attempt: undefined };
  return judgeBackups(seen, { max_age: '2d', max_drill_age: '90d' }, now).map(({ verdict }) => verdict);
};

test.each<[string, Partial<KnownBackups>, string[]]>([
  ['one of late', {}, []],
  ['none yet', { latestDrill: null }, ['warning']],
  ['none for long', { latestDrill: null, since: ago(91) }, ['failed']],
  ['an old one', { latestDrill: { set: 'x', at: ago(91) } }, ['failed']],
  ['one that failed', { drillFailure: { set: 'x', at: ago(1).toISOString(), message: 'no' } }, ['failed']],
])('of drills, %s must be judged', (_, different, expected) => {
  expect(verdicts(different)).toEqual(expected);
});
