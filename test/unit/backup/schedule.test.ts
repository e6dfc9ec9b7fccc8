import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  backupLine,
  calendarOf,
  scheduledArguments,
  serviceUnit,
  timerUnit,
} from '../../../src/backup/schedule.ts';
import { commandOfUnit, type StartedCommand } from '../../../src/host/unit-text.ts';
import { temporaryDirectory } from '../../fakes/directory.ts';

const runIn = (directory: string, program = ['/usr/bin/node', '/usr/bin/matrix-deploy']): StartedCommand => ({
  words: [...program, ...scheduledArguments, '--dir', directory],
  environment: {},
});
const run = runIn('/opt/matrix');
const serviceOf = (command: StartedCommand) => serviceUnit('example.org', command);
const timerAt = (systemd: string) => timerUnit('example.org', { systemd });

describe('the calendar of', () => {
  test.each([
    ['04:15', '*-*-* 04:15:00', '15 4 * * *'],
    ['4:05', '*-*-* 04:05:00', '5 4 * * *'],
    ['23:59', '*-*-* 23:59:00', '59 23 * * *'],
    ['weekly', 'weekly', '0 0 * * 1'],
    ['Mon,Thu *-*-* 02:30:00', 'Mon,Thu *-*-* 02:30:00', undefined],
  ])('%s must be the same for systemd and for cron', (at, systemd, crontab) => {
    expect(calendarOf(at)).toEqual({ systemd, ...(crontab === undefined ? {} : { crontab }) });
  });

  test.each(['', '24:00', '12:60', 'daily\nExecStart=/bin/sh', '%h', '$(x)', '--now', ' daily'])(
    '%j must be none',
    (at) => {
      // An hour that is none may still be an expression that systemd itself judges.
      const calendar = calendarOf(at);
      expect(calendar?.crontab).toBeUndefined();
      expect(calendar?.systemd ?? '').toMatch(/^[\w*:,./~+ -]*$/);
    },
  );
});

describe('the unit of a scheduled backup', () => {
  const paths = fc
    .string({ unit: 'grapheme', minLength: 1 })
    .map((name) => `/${name.replaceAll(/\p{Cc}/gu, '_')}`);

  test('must have each word of its command back, whatever is in a path', () => {
    fc.assert(
      fc.property(fc.tuple(paths, paths, paths), ([node, script, directory]) => {
        const odd = runIn(directory, [node, script]);
        expect(commandOfUnit(serviceOf(odd))).toEqual(odd.words);
      }),
    );
  });

  test('must start nothing by a specifier or a variable', () => {
    expect(serviceOf(runIn('/srv/100% $HOME "x"'))).toContain(
      'ExecStart=/usr/bin/node /usr/bin/matrix-deploy backup --wait 1h --quiet --dir "/srv/100%% $$HOME \\"x\\""\n',
    );
  });

  test('must know how the engine is found', () => {
    const elsewhere = { ...run, environment: { DOCKER_HOST: 'unix:///run/user/1000/docker.sock' } };
    expect(serviceOf(elsewhere)).toContain(
      '\nEnvironment=DOCKER_HOST=unix:///run/user/1000/docker.sock\nExecStart=',
    );
  });
});

test('a timer must catch up on what was missed, and not begin everywhere at once', () => {
  const text = timerAt('*-*-* 04:15:00');
  expect(text).toContain('\nOnCalendar=*-*-* 04:15:00\nPersistent=true\nRandomizedDelaySec=15min\n');
});

test('a line of a crontab must keep its command whole', () => {
  expect(backupLine(runIn("/srv/50% o'clock"), '15 4 * * *')).toBe(
    "15 4 * * * nice /usr/bin/node /usr/bin/matrix-deploy backup --wait 1h --quiet --dir '/srv/50\\% o'\\''clock' >/dev/null",
  );
});

// It needs no systemd that runs.
const analyze = (...args: string[]) => spawnSync('systemd-analyze', args, { encoding: 'utf8' });

describe.skipIf(analyze('--version').status !== 0)('systemd itself', () => {
  test('must find nothing wrong with the units', async () => {
    const directory = await temporaryDirectory();
    const here = runIn(directory, [process.execPath, '/usr/bin/matrix-deploy']);
    const units = {
      'x.service': serviceOf(here),
      'x.timer': timerAt('*-*-* 04:15:00'),
    };
    const paths = Object.keys(units).map((name) => join(directory, name));
    for (const [name, text] of Object.entries(units)) await writeFile(join(directory, name), text);
    const { status, stderr } = analyze('verify', '--man=no', ...paths);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    // It would tell.
    await writeFile(paths[1] ?? '', timerAt('25:00'));
    expect(analyze('verify', '--man=no', ...paths).stderr).toContain('calendar');
  });

  test.each(['04:15', '4:05', 'hourly', 'daily', 'weekly', 'monthly', 'Mon,Thu 02:30'])(
    'must understand %s',
    (at) => {
      expect(analyze('calendar', calendarOf(at)?.systemd ?? '').status).toBe(0);
    },
  );
});
