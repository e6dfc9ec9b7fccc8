import { once } from 'node:events';
import { beforeAll, describe, expect, it } from 'vitest';
import { testedImage } from '../../src/releases/releases.ts';
import { attachLab } from '../lab/attach.ts';
import { waitUntil } from '../lab/command.ts';
import {
  buildBrokenSynapse,
  buildChangedSynapse,
  buildForeignSynapse,
  buildIncompatibleSynapse,
  dyingSoon,
  failingMigration,
  refusingFiles,
} from './support/broken-images.ts';
import { type Client, logInAsAdmin } from './support/client.ts';
import { deaths } from './support/deaths.ts';
import { Deployment } from './support/deployment.ts';
import { initPublicly } from './support/public-server.ts';
import { stackImages } from './support/stack-images.ts';

const older = 'matrixdotorg/synapse:v1.157.2';
const newer = testedImage('synapse');
const lab = await attachLab();
const images = [...stackImages, testedImage('restic'), older];
const host = await lab.host('alpha', { images, names: ['alpha.test', 'matrix.alpha.test'] });
const deployment = new Deployment(host, { serverName: 'alpha.test' });
/** What somebody upgrading from 1.157.2 must know of. */
const notice = 'synapse-1.162-room-version-12';

interface Answer {
  readonly upgrade: {
    readonly sets: readonly string[];
    readonly interruptionSeconds: number;
    readonly checks: readonly string[];
    readonly keepsCopy: boolean;
  };
}

interface History {
  readonly upgrades: readonly { readonly result: string; readonly reason?: string }[];
}

let admin: Client;
let room: string;
let media: string;
let configuration: string;
let orders: number;

const version = async () =>
  (await admin.call('GET', '/_matrix/federation/v1/version')).body.server.version as string;

/** What anybody would miss. */
async function mustHaveAll(): Promise<void> {
  expect(await admin.isLoggedIn()).toBe(true);
  expect((await admin.read(room)).at(-1)).toBe('before');
  const downloaded = await admin.curl([], `/_matrix/client/v1/media/download/${media.replace('mxc://', '')}`);
  expect(downloaded).toBe('{"text":"before"}');
}

/** What the tool may not leave where people see it: rooms, and users. */
async function visible(): Promise<unknown> {
  const { rooms } = await deployment.ask<{ rooms: object[] }>('rooms', 'list');
  const { users } = await deployment.ask<{ users: object[] }>('users', 'list');
  return { rooms: rooms.length, users: users.length };
}

const results = async () => {
  const { upgrades } = await deployment.ask<History>('history');
  return upgrades.map(({ result }) => result);
};

async function mustServe(expected: string): Promise<void> {
  expect(await version()).toBe(expected);
  await mustHaveAll();
  await deployment.exits(0, 'plan', '--exit-code');
  // Its certificates are those of before.
  expect(await lab.acme.orders()).toBe(orders);
}

beforeAll(async () => {
  await deployment.exits(0, ...initPublicly(deployment), '--no-start');
  await deployment.edit({ synapse: { image: older } });
  await deployment.exits(0, ...initPublicly(deployment));
  orders = await lab.acme.orders();
  admin = await logInAsAdmin(deployment);
  room = await admin.createRoom();
  await admin.say(room, 'before');
  const { body } = await admin.call('POST', '/_matrix/media/v3/upload', { text: 'before' });
  media = body.content_uri;
  configuration = await deployment.readFile('matrix.yaml');
});

describe('an upgrade that is refused', () => {
  it.each([
    [4, ['upgrade', '--yes'], notice],
    [2, ['upgrade', '--ack', notice], '--yes'],
    [2, ['upgrade', '--yes', '--to', 'nowhere'], 'there is no tested set nowhere'],
    [2, ['upgrade', '--yes', '--ack', 'nothing'], 'there is no notice called nothing'],
    [3, ['upgrade', '--yes', '--postgres', '16'], 'release 16 cannot use it'],
    [3, ['upgrade', '--yes', '--synapse', '1.95.0'], 'must not be older than'],
    [1, ['upgrade', '--yes', '--ack', notice, '--synapse', '1.163.9'], 'v1.163.9'],
    [2, ['rollback', '--yes'], 'there is no upgrade to go back from'],
    [2, ['upgrade', '--finish'], 'there is no upgrade to finish'],
  ])('must end with %i and change nothing: %j', async (exitCode, argv, why) => {
    const before = await deployment.containerIds();
    const { stderr } = await deployment.exits(exitCode, ...argv);
    expect(stderr).toContain(why);
    expect(await deployment.containerIds()).toEqual(before);
    expect(await deployment.readFile('matrix.yaml')).toBe(configuration);
  });

  it.each<[string, () => Promise<unknown>, RegExp]>([
    [
      'asks for patience',
      () => lab.registry.fail('matrixdotorg/synapse:v1.163.3', 'too-many-requests'),
      /toomanyrequests/,
    ],
    ['is not there', () => lab.registry.cut(), /registry-1\.docker\.io/],
  ])('must stop nothing when the registry %s', async (_, fail, why) => {
    const before = await deployment.containerIds();
    await fail();
    try {
      const argv = ['upgrade', '--yes', '--ack', notice, '--synapse', '1.163.3'];
      expect((await deployment.exits(1, ...argv)).stderr).toMatch(why);
    } finally {
      await lab.registry.heal();
      await lab.registry.restore();
    }
    expect(await deployment.containerIds()).toEqual(before);
    expect(await deployment.readFile('matrix.yaml')).toBe(configuration);
  });

  it('must be shown without being done', async () => {
    const before = await deployment.snapshot();
    const { stdout } = await deployment.exits(0, 'upgrade', '--dry-run');
    expect(stdout).toContain('synapse 1.157.2 -> 1.163.2');
    expect(stdout).toMatch(/synapse changes the database synapse: .*94\/07/);
    expect(stdout).toContain(notice);
    expect(await deployment.snapshot()).toEqual(before);
    // Of those that were refused, nothing is left.
    expect(await results()).toEqual([]);
    expect(await deployment.ask('backup', 'list')).toMatchObject({ sets: [] });
  });
});

describe('an image with which the server does not work', () => {
  it.each<[string, () => Promise<string>, number, RegExp]>([
    [
      'ends at once',
      () => buildBrokenSynapse(host, 'crashing', 'print("out of order")\nraise SystemExit(1)\n'),
      5,
      /out of order/,
    ],
    ['is for another kind of processor', () => buildForeignSynapse(host), 3, /exec format error/],
    [
      'fails to change the database',
      () => buildChangedSynapse(host, 'failing', failingMigration),
      5,
      /division by zero/,
    ],
    [
      'works, and then dies',
      () => buildChangedSynapse(host, 'dying', dyingSoon),
      5,
      /does not answer|keeps crashing/,
    ],
  ])('must leave the version before serving, and be told why: it %s', async (...wrong) => {
    const [, build, exitCode, why] = wrong;
    const argv = ['upgrade', '--yes', '--no-backup', '--ack', notice, '--synapse', await build()];
    const { stderr } = await deployment.exits(exitCode, ...argv);
    expect(stderr).toMatch(why);
    expect(await deployment.readFile('matrix.yaml')).toBe(configuration);
    await mustServe('1.157.2');
  });

  it('must be kept in the history as one that failed, where it was started', async () => {
    expect(await results()).toEqual(['failed', 'failed', 'failed']);
  });
});

describe('an upgrade', () => {
  it('must bring the newest tested versions, keep everything, and leave nothing to be seen', async () => {
    const seen = await visible();
    const { upgrade } = await deployment.ask<Answer>('upgrade', '--yes', '--ack', notice);
    expect(upgrade.keepsCopy).toBe(false);
    expect(upgrade.interruptionSeconds).toBeGreaterThan(0);
    await mustServe('1.163.2');
    expect(await visible()).toEqual(seen);
    expect(await deployment.readFile('matrix.yaml')).toBe(configuration.replace(older, newer));
    expect(await deployment.ask('backup', 'list')).toMatchObject({
      sets: [{ id: upgrade.sets[0], state: 'verified', isPinned: true }],
    });
    const [pinned = ''] = upgrade.sets;
    const { code } = await deployment.fails(9, 'backup', 'forget', pinned, '--confirm', pinned);
    expect(code).toBe('backup.pinned');
    expect((await results()).at(-1)).toBe('upgraded');
    await deployment.exits(0, 'status');
  });

  it('must find nothing to do when it is run again', async () => {
    const { stdout } = await deployment.exits(0, 'upgrade', '--yes');
    expect(stdout).toContain('Nothing to upgrade');
  });

  it('must be taken back by rollback, with what came since', async () => {
    await admin.say(room, 'since');
    await deployment.exits(0, 'rollback', '--yes');
    await mustServe('1.157.2');
    expect((await admin.read(room))[0]).toBe('since');
    expect(await deployment.readFile('matrix.yaml')).toBe(configuration);
    expect((await results()).at(-1)).toBe('rolled-back');
    await deployment.exits(2, 'rollback', '--yes');
  });
});

describe('an edit of an image', () => {
  it('must be an upgrade, by the same checks', async () => {
    await deployment.edit({ synapse: { image: newer } });
    const { stderr } = await deployment.exits(4, 'apply');
    expect(stderr).toContain(`--ack ${notice}`);
    expect(await version()).toBe('1.157.2');
  });

  it('must go on where it was when apply was killed in the middle', async () => {
    const run = await host.spawn(deployment.command('apply', '--ack', notice, '--no-backup'));
    run.stdout.resume();
    run.stderr.resume();
    const ended = once(run, 'exit');
    const { Id } = await deployment.container('synapse');
    await waitUntil(
      'another container of Synapse',
      async () => !(await deployment.containers()).some((one) => one.Id === Id && one.State.Running),
      { seconds: 120, everyMilliseconds: 50 },
    );
    await host.signal(run, 'SIGKILL');
    await ended;
    await deployment.exits(0, 'apply');
    await mustServe('1.163.2');
    expect((await results()).at(-1)).toBe('upgraded');
  });

  it('must be finished by a command, after which there is no way back', async () => {
    await deployment.exits(0, 'upgrade', '--finish', '--yes');
    await deployment.exits(2, 'rollback', '--yes');
    await mustServe('1.163.2');
  });
});

describe('an upgrade after which the version before cannot use the database', () => {
  let incompatible: string;

  const databases = async () => {
    const { Id } = await deployment.container('postgres');
    const sql = "select datname from pg_database where datname like 'synapse%' order by 1";
    const psql = ['docker', 'exec', Id, 'psql', '-qAtX', '-U', 'postgres', '-c', sql];
    return (await host.run(psql)).trim().split('\n');
  };
  const go = (image: string) => ['upgrade', '--yes', '--no-backup', '--synapse', image];

  /** Sends one message after the other while something is done. @returns with its result, the messages that were acknowledged */
  async function sayingDuring<Result>(work: Promise<Result>): Promise<[Result, string[]]> {
    const acknowledged: string[] = [];
    let isOver = false;
    const send = async () => {
      for (let count = 0; !isOver; count++) {
        const text = `meanwhile ${count}`;
        const isSaid = await admin.say(room, text).then(
          () => true,
          () => false,
        );
        if (isSaid) acknowledged.push(text);
      }
      return acknowledged;
    };
    return Promise.all([
      work.finally(() => {
        isOver = true;
      }),
      send(),
    ]);
  }

  beforeAll(async () => {
    incompatible = await buildIncompatibleSynapse(host, 'next');
  });

  it('must bring the database of before back, with every message, when it fails', async () => {
    const script = 'print("out of order")\nraise SystemExit(1)\n';
    const broken = await buildBrokenSynapse(host, 'incompatible', script, incompatible);
    await admin.say(room, 'last before');
    const { stderr } = await deployment.exits(5, ...go(broken));
    expect(stderr).toContain('out of order');
    expect((await admin.read(room))[0]).toBe('last before');
    expect(await databases()).toEqual(['synapse']);
    await mustServe('1.163.2');
  });

  it('must not let the new version in, nor lose a message, when it works only in part', async () => {
    const partial = await buildIncompatibleSynapse(host, 'partial', refusingFiles);
    const [{ stderr }, acknowledged] = await sayingDuring(deployment.exits(5, ...go(partial)));
    expect(stderr).toContain('takes a file');
    expect(stderr).toContain('The previous version serves again.');
    const all = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/messages?dir=b&limit=500`;
    const { body } = await admin.call('GET', all);
    const said: (string | undefined)[] = body.chunk.map(
      ({ content }: { content: { body?: string } }) => content.body,
    );
    expect(acknowledged).not.toEqual([]);
    expect(said.filter((text = '') => acknowledged.includes(text)).reverse()).toEqual(acknowledged);
    expect(await databases()).toEqual(['synapse']);
    await admin.say(room, 'last before');
    await mustServe('1.163.2');
  });

  /** The new Synapse is asked by a program in its container, while nobody else can. */
  const usedInside = /\/exec curl .*--config/;

  it('must go on where it was killed while it tried the new version, keep a copy, and go back to it', async () => {
    const killed: string[] = [];
    for await (const effect of deaths(deployment, go(incompatible), { among: usedInside })) {
      killed.push(effect);
      expect(Object.keys((await deployment.container('synapse')).NetworkSettings.Networks)).toHaveLength(1);
    }
    expect(killed).toHaveLength(1);
    expect(await databases()).toHaveLength(2);
    await admin.say(room, 'since');
    await deployment.exits(4, ...go(newer));
    const answer = await deployment.ask<{ lost: { synapse: { events: number } } }>('rollback', '--yes');
    expect(answer.lost.synapse.events).toBeGreaterThan(0);
    expect((await admin.read(room))[0]).toBe('last before');
    expect(await databases()).toEqual(['synapse']);
    await mustServe('1.163.2');
    await deployment.exits(0, 'status');
  });
});
