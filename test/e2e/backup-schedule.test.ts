import { beforeAll, describe, expect, it } from 'vitest';
import { testedImage } from '../../src/releases/releases.ts';
import { attachLab } from '../lab/attach.ts';
import { waitUntil } from '../lab/command.ts';
import { buildChangedSynapse, slowMigration } from './support/broken-images.ts';
import { Deployment } from './support/deployment.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const host = await lab.host('alpha', { images: [...stackImages, testedImage('restic')] });
const deployment = new Deployment(host);

/** In the URL of the ping. */
const token = 'c0ffee-t0ken';
const listener =
  'const q=require("fs");require("http").createServer((r,a)=>{q.appendFileSync("/root/heard",r.url+"\\n");a.end()}).listen(9911,"127.0.0.1")';

interface Listed {
  sets: { id: string; state: string }[];
}
interface Status {
  nextBackup: string | null;
  findings: { about: string; verdict: string; finding: string }[];
}

const list = async () => (await deployment.ask<Listed>('backup', 'list')).sets;

async function problems(exitCode: number): Promise<string[]> {
  const { stdout } = await deployment.exits(exitCode, 'status', '--json');
  return (JSON.parse(stdout) as Status).findings
    .filter(({ about, verdict }) => about === 'backup' && verdict === 'failed')
    .map(({ finding }) => finding);
}

async function psql(sql: string): Promise<void> {
  const { Id } = await deployment.container('postgres');
  await host.run(['docker', 'exec', Id, 'psql', '-qAtX', '-U', 'postgres', '-d', 'synapse', '-c', sql]);
}

beforeAll(async () => {
  await deployment.init();
  await host.start(['node', '-e', listener]);
  await deployment.edit({
    backup: {
      ping: { from_secret: 'heartbeat' },
      on_failure: 'echo "$MATRIX_DEPLOY_STAGE" >/root/told',
    },
  });
  const url = `http://127.0.0.1:9911/${token}`;
  const set = deployment.command('secrets', 'set', 'heartbeat', '--file', '-');
  expect((await host.exec(set, { input: url })).exitCode).toBe(0);
});

describe('on a host without systemd', () => {
  it('a line for the crontab must make a backup, and tell of it', async () => {
    const { kind, line } = await deployment.ask<{ kind: string; line: string }>(
      ...['backup', 'schedule', '--at', '02:30'],
    );
    expect(kind).toBe('crontab');
    const [, command = ''] = /^30 2 \* \* \* (.*)$/.exec(line) ?? [];
    // What cron gives to a command (crontab(5)).
    const { exitCode, stderr } = await host.exec(
      ['env', '-i', 'HOME=/root', 'PATH=/usr/bin:/bin', '/bin/sh', '-c', command],
      { timeoutSeconds: 120, cwd: '/' },
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(await list()).toMatchObject([{ state: 'verified' }]);
    expect(await host.readFile('/root/heard')).toBe(`/${token}/start\n/${token}\n`);
    expect(await problems(0)).toEqual([]);
  });
});

describe('a scheduled backup', () => {
  it('and an upgrade must wait for each other, also where the engine has cut an upgrade off', async () => {
    const image = await buildChangedSynapse(host, 'slow', slowMigration);
    const argv = ['upgrade', '--yes', '--no-backup', '--synapse', image];
    const cutOff = deployment.cli(...argv);
    await waitUntil('a migration', isChanging, { seconds: 120, everyMilliseconds: 200 });
    await host.killEngine();
    await host.startEngine();
    const { exitCode: code, stderr: why } = await cutOff;
    expect({ code, why }).toEqual({
      code: 5,
      why: expect.stringContaining('The previous version serves again'),
    });
    await deployment.exits(0, 'status');

    const before = deployment.cli('backup', '--wait', '5m');
    await waitUntil('the lock', isLocked, { seconds: 30 });
    const again = deployment.cli(...argv);
    await deployment.exits(7, 'destroy', '--yes');
    let mostBlocked = 0;
    const watch = async () => {
      mostBlocked = Math.max(mostBlocked, Number(await deployment.query(blocked)));
      return isChanging();
    };
    await waitUntil('a migration', watch, { seconds: 120, everyMilliseconds: 200 });
    // It began after the end of the backup.
    expect(await before).toMatchObject({ exitCode: 0, stderr: expect.not.stringContaining('waits: ') });
    const after = deployment.cli('backup', '--wait', '5m');
    while (await watch());
    for (const { exitCode, stderr } of [await again, await after]) {
      expect({ exitCode, waited: stderr.includes('waits: ') }, stderr).toEqual({ exitCode: 0, waited: true });
    }
    expect(mostBlocked).toBe(0);
    await deployment.exits(0, 'rollback', '--yes');
  });

  const isLocked = async () => (await deployment.run(['ls', 'state'])).includes('lock');

  const isChanging = async () => (await deployment.query(sleeping).catch(() => '')).trim() === '1';
  const sleeping =
    "select count(*) from pg_stat_activity where pid <> pg_backend_pid() and query like '%pg_sleep(%' and state = 'active'";
  /** How many wait for a table. */
  const blocked = "select count(*) from pg_locks where not granted and locktype = 'relation'";

  it('that fails must be told to those who are to hear, and stay a problem until one is made', async () => {
    await psql('alter table presence_stream owner to postgres');
    const { stdout, stderr } = await deployment.exits(9, 'backup', '--wait', '1m');
    await psql('alter table presence_stream owner to synapse');
    expect(`${stdout}${stderr}`).not.toContain(token);
    expect((await host.readFile('/root/heard')).trim().split('\n').at(-1)).toBe(`/${token}/fail`);
    expect(await host.readFile('/root/told')).toBe('dumping the database synapse\n');
    expect(await problems(8)).toEqual([expect.stringContaining('dumping the database synapse')]);
    await deployment.exits(0, 'backup');
    expect(await problems(0)).toEqual([]);
  });

  it('that is killed must be a problem', async () => {
    const running = host.exec(deployment.command('backup', '--wait', '1m'));
    const isAtWork = async () =>
      (await deployment.run(['cat', 'state/backup-attempt.json'])).includes('"isScheduled": true');
    await waitUntil('an attempt', isAtWork, { seconds: 30 });
    await host.exec(['pkill', '-KILL', '-f', 'matrix-deploy.cjs backup']);
    await running;
    expect(await problems(8)).toEqual([expect.stringContaining('did not finish')]);
  });
});

/** Answers as systemctl does; the timers are not started. */
const systemctl = `#!/bin/sh
echo "$*" >>/root/systemctl.log
case $1 in
  is-enabled) [ -e /etc/systemd/system/"$2" ] && echo enabled || { echo not-found; exit 4; } ;;
  show) echo 'Mon 2099-11-30 02:34:56 UTC' ;;
esac
`;

describe('where systemd runs', () => {
  const units = ['service', 'timer'].map((kind) => `/etc/systemd/system/matrix-localhost-backup.${kind}`);

  beforeAll(async () => {
    await host.run(['mkdir', '-p', '/run/systemd/system']);
    await host.writeFile('/usr/local/bin/systemctl', systemctl, '0755');
  });

  it('a timer must be enabled that makes a backup', async () => {
    const { schedule } = await deployment.ask<{ schedule: { nextRun: string; command: string[] } }>(
      ...['backup', 'schedule', '--at', 'Mon,Thu 02:30'],
    );
    expect(schedule.nextRun).toBe('2099-11-30T02:34:56.000Z');
    expect((await host.exec(schedule.command, { timeoutSeconds: 120, cwd: '/' })).exitCode).toBe(0);
    expect(await problems(0)).toEqual([]);
  });

  it('what is not there any more must be a problem', async () => {
    await host.run(['sed', '-i', 's#/bin/matrix-deploy#/gone/matrix-deploy#', units[0] ?? '']);
    expect(await problems(8)).toEqual([expect.stringContaining('/gone/matrix-deploy')]);
    await deployment.exits(0, 'backup', 'schedule');
    expect(await problems(0)).toEqual([]);
  });

  const exist = () => Promise.all(units.map((unit) => host.exists(unit)));

  it('they must be gone when the schedule is removed', async () => {
    await deployment.exits(0, 'backup', 'schedule', '--remove');
    expect(await exist()).toEqual([false, false]);
    await deployment.exits(0, 'backup', 'schedule');
    expect(await exist()).toEqual([true, true]);
  });

  it('they must stay where systemd does not end the timer', async () => {
    await host.writeFile(
      '/usr/local/bin/systemctl',
      systemctl.replace('case $1 in', 'case $1 in\n  disable) exit 1 ;;'),
      '0755',
    );
    await deployment.exits(1, 'backup', 'schedule', '--remove');
    expect(await exist()).toEqual([true, true]);
    await host.writeFile('/usr/local/bin/systemctl', systemctl, '0755');
  });

  it('destroy must remove them', async () => {
    await deployment.exits(0, 'destroy', '--yes');
    expect(await exist()).toEqual([false, false]);
    expect(await host.readFile('/root/systemctl.log')).toContain(
      'disable --now matrix-localhost-backup.timer',
    );
  });
});
