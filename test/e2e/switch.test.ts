import { once } from 'node:events';
import { beforeAll, describe, expect, it } from 'vitest';
import { testedImage } from '../../src/releases/releases.ts';
import { attachLab } from '../lab/attach.ts';
import { waitUntil } from '../lab/command.ts';
import { buildBrokenSynapse } from './support/broken-images.ts';
import { type Answer, type Client, logInAsAdmin } from './support/client.ts';
import { Deployment, serviceOf } from './support/deployment.ts';
import { type LoadSeen, underLoad } from './support/load.ts';
import { stackImages } from './support/stack-images.ts';
import { unlimited } from './support/unlimited.ts';

const lab = await attachLab();
const [olderProxy, newerProxy] = ['traefik:v3.7.13', testedImage('traefik')];
const host = await lab.host('alpha', { images: [...stackImages, olderProxy] });
const deployment = new Deployment(host);
let admin: Client;
let room: string;

beforeAll(async () => {
  await deployment.exits(0, 'init', '--local', '--yes', '--no-start', '--server-name', 'localhost');
  await deployment.edit({ synapse: { overrides: unlimited }, traefik: { image: olderProxy } });
  await deployment.init();
  admin = await logInAsAdmin(deployment);
  room = await admin.createRoom({ name: 'switch' });
});

const processOf = async () => (await deployment.container('synapse')).State.Pid;
const compose = (...argv: string[]) => deployment.run(['docker', 'compose', ...argv]);

/** What clients of the room see while something is done. */
async function whileAsking(work: () => Promise<unknown>): Promise<LoadSeen> {
  const { url } = await deployment.ask<{ url: string }>('init', '--local', '--yes');
  const ca = deployment.path('secrets/local_ca.pem');
  const seen = await underLoad(host, { url, ca, token: admin.token, room }, work);
  const { answered, failed, longest } = seen;
  process.stdout.write(
    `${JSON.stringify({ answered, failed: failed.length, longest: Math.round(longest) })}\n`,
  );
  return seen;
}

/** How often each of these messages is in the room. */
async function timesSaid(texts: readonly string[]): Promise<number[]> {
  const bodies = `SELECT json::json->'content'->>'body' FROM event_json WHERE room_id = '${room}'`;
  const said = (await database(bodies)).split('\n');
  return texts.map((text) => said.filter((one) => one === text).length);
}

const database = (query: string) =>
  compose('exec', '-T', 'postgres', 'psql', '-qAtX', '-U', 'postgres', '-d', 'synapse', '-c', query);

describe('while clients ask, no request must fail and none be carried out twice', () => {
  it('when a setting is changed, and when the homeserver is restarted by hand', async () => {
    const { failed, answered, texts } = await whileAsking(async () => {
      const before = await processOf();
      await deployment.edit({ synapse: { log_level: 'WARNING' } });
      await deployment.exits(0, 'apply');
      expect(await processOf()).not.toBe(before);
      await compose('restart', 'synapse');
    });
    expect(failed).toEqual([]);
    expect(answered).toBeGreaterThan(100);
    expect(new Set(await timesSaid(texts))).toEqual(new Set([1]));
    await deployment.exits(0, 'plan', '--exit-code');
  });

  it('when the change does not work, and the previous version is brought back', async () => {
    const crashing = await buildBrokenSynapse(host, 'crashing', 'import sys\nsys.exit(1)\n');
    const before = await deployment.readFile('matrix.yaml');
    const { failed } = await whileAsking(async () => {
      await deployment.edit({ synapse: { image: crashing } });
      await deployment.exits(5, 'apply', '--no-backup');
    });
    expect(failed).toEqual([]);
    await deployment.writeFile('matrix.yaml', before);
    await deployment.exits(0, 'apply');
  });
});

describe('a proxy that is upgraded', () => {
  const argv = ['upgrade', '--yes', '--no-backup', '--traefik', newerProxy.replace(/.*:v/, '')];
  const image = async () => (await deployment.container('traefik')).Config.Image;
  interface History {
    readonly upgrades: readonly { readonly result: string; readonly interruptionSeconds: number | null }[];
  }
  const last = async () => (await deployment.ask<History>('history')).upgrades.at(-1);

  it('must let clients in again within seconds, lose and repeat no message, and be taken back', async () => {
    const { body } = await admin.call('GET', '/_matrix/client/v3/sync');
    const filter = encodeURIComponent(
      JSON.stringify({ room: { rooms: [] }, presence: { not_types: ['*'] } }),
    );
    const news = `/_matrix/client/v3/sync?timeout=30000&filter=${filter}&since=${body.next_batch}`;
    // One who waits for news is cut off: everybody else would wait as well.
    const waiting = admin.call('GET', news).catch(() => {});
    const { failed, texts } = await whileAsking(async () => {
      await deployment.exits(0, ...argv);
    });
    await waiting;
    const statuses = new Set(failed.map((one) => (one as { status: number | string }).status));
    // Nobody is there to connect to for a moment. What was answered is right.
    expect(['ECONNREFUSED', 'ECONNRESET']).toEqual(expect.arrayContaining([...statuses]));
    expect(new Set(await timesSaid(texts))).toEqual(new Set([1]));
    expect(await image()).toContain(newerProxy);
    expect((await deployment.exits(0, 'status')).stdout).toContain(newerProxy);
    const upgraded = await last();
    expect(upgraded).toMatchObject({ result: 'upgraded' });
    expect(upgraded?.interruptionSeconds).toBeLessThan(10);
    await deployment.exits(0, 'rollback', '--yes');
    expect(await image()).toContain(olderProxy);
    expect(await last()).toMatchObject({ result: 'rolled-back' });
  });

  it('must come back when its port is free again, which another program has taken meanwhile', async () => {
    const thief = await host.spawn(['node', '--eval', takePort]);
    thief.stderr.resume();
    const { stderr } = await deployment.exits(5, ...argv);
    const cause = 'traefik could not be started: port 127.0.0.1:8443 is in use by another program';
    expect(stderr).toContain(`error ${cause}`);
    expect(stderr).toContain(`did not work either: ${cause}`);
    expect((await deployment.exits(8, 'status')).stdout).toContain('port 127.0.0.1:8443 is in use');
    expect(await last()).toMatchObject({ result: 'stranded' });
    await host.signal(thief, 'SIGKILL');
    await deployment.exits(0, 'upgrade', '--yes');
    expect(await image()).toContain(olderProxy);
    expect(await admin.isLoggedIn()).toBe(true);
    await deployment.exits(0, 'plan', '--exit-code');
  });

  /** Takes the port of the proxy as soon as nobody has it. */
  const takePort = `
    const take = () => require('node:net').createServer().on('error', () => setTimeout(take, 1)).listen(8443, '127.0.0.1');
    take();`;
});

describe('a homeserver that is being replaced', () => {
  it('must be let in also where the run is interrupted, and what is left be done by the next', async () => {
    await deployment.edit({ synapse: { log_level: 'INFO' } });
    const run = await host.spawn(deployment.command('apply'));
    run.stdout.resume();
    run.stderr.resume();
    const ended = once(run, 'exit');
    await waitUntil('one that nobody finds', async () => (await networks()).length === 1, { seconds: 120 });
    await host.signal(run, 'SIGINT');
    expect((await ended)[0]).toBe(130);
    expect(await networks()).toEqual(['matrix-localhost_data', 'matrix-localhost_web']);
    expect(await admin.isLoggedIn()).toBe(true);
    await deployment.exits(0, 'apply');
    await deployment.exits(0, 'plan', '--exit-code');
  });

  /** Of the homeserver while it has a container. */
  async function networks(): Promise<string[]> {
    const all = (await deployment.containers()).filter((one) => serviceOf(one) === 'synapse');
    return Object.keys(all[0]?.NetworkSettings.Networks ?? {}).sort();
  }
});

describe('what cannot be told to have been carried out must not be sent a second time', () => {
  interface Cut {
    readonly answers: readonly Answer[];
    readonly made: readonly number[];
  }

  /** Three requests that wait for the database in the middle, and are cut off there. */
  async function cutOff(name: string, cut: () => Promise<unknown>): Promise<Cut> {
    const other = await someone(name);
    const alias = `#${name}:${deployment.serverName}`;
    await admin.createRoom({ preset: 'public_chat', room_alias_name: name });
    const lock = 'BEGIN; LOCK TABLE rooms, devices, events IN EXCLUSIVE MODE; SELECT pg_sleep(14); ROLLBACK';
    const locked = database(lock);
    await waitUntil('a lock', async () => (await database(isLocked)) === '3', { seconds: 10 });
    const requests = [
      admin.call('POST', '/_matrix/client/v3/createRoom', { name }),
      admin.call('POST', '/_matrix/client/v3/login', {
        type: 'm.login.password',
        identifier: { type: 'm.id.user', user: 'admin' },
        password: await deployment.readFile('secrets/admin_password'),
        initial_device_display_name: name,
      }),
      other.call('POST', `/_matrix/client/v3/join/${encodeURIComponent(alias)}`, {}),
    ];
    await waitUntil('three that wait', async () => Number(await database(waiting)) >= 3, { seconds: 10 });
    await cut();
    await locked;
    const answers = await Promise.all(requests);
    await waitUntil('a server', () => admin.isLoggedIn(), { seconds: 30 });
    const made = await Promise.all([
      database(`SELECT count(*) FROM room_stats_state WHERE name = '${name}'`),
      database(`SELECT count(*) FROM devices WHERE display_name = '${name}'`),
      database(
        `SELECT count(*) FROM room_memberships WHERE membership = 'join' AND user_id LIKE '@${name}:%'`,
      ),
    ]);
    return { answers, made: made.map(Number) };
  }

  const isLocked = `SELECT count(*) FROM pg_locks WHERE mode = 'ExclusiveLock' AND granted AND relation IN
    ('rooms'::regclass, 'devices'::regclass, 'events'::regclass)`;
  const waiting = `SELECT count(*) FROM pg_locks WHERE NOT granted AND relation IN
    ('rooms'::regclass, 'devices'::regclass, 'events'::regclass)`;

  async function someone(name: string): Promise<Client> {
    const added = await deployment.ask<{ password: string }>('add-user', name, '--generate-password');
    return admin.logIn(name, added.password);
  }

  it.each([
    ['after the time that requests are waited for', 'deadline', () => compose('restart', 'synapse')],
    [
      'by a kill',
      'killed',
      async () => {
        await host.run(['kill', '-9', String(await processOf())]);
      },
    ],
  ])('%s', async (_case, name, cut) => {
    const { answers, made } = await cutOff(name, cut);
    process.stdout.write(`${JSON.stringify({ statuses: answers.map(({ status }) => status), made })}\n`);
    for (const count of made) expect(count).toBeLessThanOrEqual(1);
  });
});

describe('a homeserver whose database does not answer', () => {
  it('must end by itself when it is told to, and not be waited for until it is killed', async () => {
    const { Id } = await deployment.container('synapse');
    await host.run(['docker', 'network', 'disconnect', 'matrix-localhost_data', Id]);
    await host.run(['docker', 'stop', '--time', '120', Id], { timeoutSeconds: 150 });
    expect((await deployment.container('synapse')).State.ExitCode).not.toBe(137);
    await deployment.exits(0, 'apply');
    expect(await admin.isLoggedIn()).toBe(true);
  });
});

describe('a second Synapse on the database', () => {
  it('must wait for the first, which goes on serving', async () => {
    await compose('run', '--detach', '--no-deps', '--name', 'second', 'synapse');
    const log = () => host.run(['sh', '-c', 'docker logs second 2>&1']);
    await waitUntil('one that waits', async () => (await log()).includes('waiting for another Synapse'), {
      seconds: 30,
    });
    expect(await admin.isLoggedIn()).toBe(true);
    expect(await log()).not.toContain('SynapseSite starting');
    await host.run(['docker', 'rm', '--force', 'second']);
  });

  it('must not take its place when the database restarts', async () => {
    const before = await processOf();
    await compose('restart', 'postgres');
    await waitUntil('a lock', async () => (await database(holders)) === '1', { seconds: 20 });
    expect(await admin.isLoggedIn()).toBe(true);
    expect(await processOf()).toBe(before);
  });

  const holders = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted";
});
