import { beforeAll, describe, expect, it } from 'vitest';
import { testedImage } from '../../src/releases/releases.ts';
import { readTemplate } from '../../src/render/template.ts';
import type { DrillEvidence } from '../../src/state/drills.ts';
import { attachLab } from '../lab/attach.ts';
import { waitUntil } from '../lab/command.ts';
import { logInAsAdmin } from './support/client.ts';
import { deaths, runWhile } from './support/deaths.ts';
import { Deployment, serviceOf } from './support/deployment.ts';
import { fillDisk, freeDisk } from './support/disk.ts';
import { initPublicly } from './support/public-server.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const images = [...stackImages, testedImage('restic')];
const host = await lab.host('alpha', { images, names: ['alpha.test', 'matrix.alpha.test'], diskBytes: 40e9 });
const deployment = new Deployment(host, { serverName: 'alpha.test' });
const old = new Deployment(await lab.host('old', { engine: '20.10', images }));

type Drilled = DrillEvidence & { evidence: string };

/** What tells that the server was left alone: its containers, and how many certificates were ordered. */
const running = async () => ({
  containers: (await deployment.containers())
    .map((one) => [serviceOf(one), one.Id, one.State.StartedAt])
    .sort(),
  orders: await lab.acme.orders(),
});

/** What is left of a copy: containers, networks, files. */
const left = () =>
  host.run([
    'sh',
    '-c',
    'docker ps -aq --filter name=drill_; docker network ls -q --filter name=drill_; docker ps -aq --filter label=matrix-deploy.job; ls -d /srv/matrix/state/drill 2>/dev/null || true',
  ]);

const copies = async () =>
  (await host.run(['docker', 'ps', '-q', '--filter', 'name=drill_'])).split('\n').filter(Boolean);
const state = async () =>
  (await deployment.ask<{ sets: { id: string; state: string }[] }>('backup', 'list')).sets.at(-1);

let before: Awaited<ReturnType<typeof running>>;

beforeAll(async () => {
  await deployment.exits(0, ...initPublicly(deployment));
  const admin = await logInAsAdmin(deployment);
  const room = await admin.createRoom();
  for (const number of [1, 2, 3]) await admin.say(room, `message ${number}`);
  await admin.call('POST', '/_matrix/media/v3/upload?filename=x.txt', { text: 'media '.repeat(10_000) });
  await deployment.exits(0, 'backup');
  before = await running();
});

/** Begins a drill, and goes on when something is so. */
async function drillUntil(what: string, isSo: () => Promise<boolean>) {
  const drill = await host.spawn(deployment.command('drill'));
  const ended = new Promise<number | null>((resolve) => drill.once('close', resolve));
  await waitUntil(what, isSo, { seconds: 60 });
  return { drill, ended };
}

const exists = (path: string) => () => host.exists(deployment.path(path));
const runs = async () => (await copies()).length === 2;

describe('a drill', () => {
  it('must restore the newest backup, try it, tell of it, and leave nothing but evidence', async () => {
    const drilled = await deployment.ask<Drilled>('drill');
    expect(drilled).toMatchObject({ result: 'passed', set: (await state())?.id });
    expect(drilled.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(drilled.checks.map(({ found }) => found).join('\n')).toMatch(
      /rows.*\n.*files.*\nit reaches nobody\na new user is let in\n.*newest rooms.*\n.*downloaded.*\n.*signing key/,
    );
    expect(drilled.secondsToServe).toBeGreaterThan(0);
    expect(JSON.parse(await deployment.readFile(drilled.evidence))).toMatchObject({ set: drilled.set });
    expect(await state()).toMatchObject({ state: 'drilled' });
    expect((await deployment.exits(0, 'status')).stdout).toContain(`Latest drill: of ${drilled.set}`);
    expect(await left()).toBe('');
    expect(await running()).toEqual(before);
  });

  it('must reach nobody and be reached by nobody, and leave nothing when it is interrupted', async () => {
    const { drill, ended } = await drillUntil('a copy', runs);
    for (const id of await copies()) {
      const [{ NetworkSettings, HostConfig }] = JSON.parse(await host.run(['docker', 'inspect', id]));
      expect(HostConfig.PortBindings ?? {}).toEqual({});
      expect(Object.keys(NetworkSettings.Networks)).toEqual(['drill_matrix-alpha_test_data']);
      const route = await host.run(['docker', 'exec', id, 'cat', '/proc/net/route']);
      expect(route).not.toMatch(/^\w+\t00000000\t/m);
    }
    await host.signal(drill, 'SIGINT');
    expect(await ended).toBe(130);
    expect(await left()).toBe('');
    expect(await running()).toEqual(before);
  });

  it.each([
    ['the database is made', /pg_ctl stop/, 20_000],
    ['its result is recorded', /rename .*state\/drills\//, 0],
  ])('must tell of a disk that is full before %s, and leave nothing', async (_, effect, kilobytesLeft) => {
    const filling = { before: effect, happen: () => fillDisk(host, kilobytesLeft) };
    const { exitCode, stderr } = await runWhile(deployment, ['drill'], filling);
    await freeDisk(host);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 9,
      stderr: expect.stringMatching(/no space left|disk is full/i),
    });
    expect(await left()).toBe('');
    expect(await running()).toEqual(before);
  });

  it('that is killed must hinder neither the next one nor a backup', async () => {
    const { ended } = await drillUntil(
      'a database of the copy',
      exists('state/drill/deployment/data/postgres'),
    );
    await host.exec(['pkill', '-KILL', '-f', 'matrix-deploy.cjs drill']);
    await ended;
    const among = /python3 -$|DELETE \/networks|state\/backups\.json/;
    const survived: string[] = [];
    for await (const effect of deaths(deployment, ['drill'], { among })) {
      survived.push(effect);
      if (survived.length > 1) continue;
      await deployment.exits(0, 'backup', '--wait', '1m');
      await deployment.exits(0, 'backup', 'prune');
    }
    expect(survived).toHaveLength(3);
    expect(await state()).toMatchObject({ state: 'drilled' });
    expect(await left()).toBe('');
    expect(await running()).toEqual(before);
  });

  it('of a damaged backup must fail, keep evidence of that, and leave nothing else', async () => {
    const flip =
      'for f in $(find backups/data -type f); do b=$(od -An -tu1 -j50 -N1 "$f"); chmod u+w "$f"; printf "\\\\$(printf %o $((b ^ 1)))" | dd of="$f" bs=1 seek=50 conv=notrunc status=none; done';
    await deployment.run(['sh', '-c', flip]);
    const { stderr } = await deployment.exits(9, 'drill');
    expect(stderr).toContain('The server was not touched.');
    const names = (await deployment.run(['ls', 'state/drills'])).split('\n');
    const evidence: DrillEvidence = JSON.parse(await deployment.readFile(`state/drills/${names.at(-1)}`));
    expect(evidence).toMatchObject({
      result: 'failed',
      failure: { message: expect.stringMatching(/damaged/) },
    });
    expect((await deployment.exits(8, 'status')).stdout).toContain('the drill of');
    expect(await left()).toBe('');
    expect(await running()).toEqual(before);
  });
});

describe('a drill on the oldest engine', () => {
  it('must reach nobody, although that engine routes every network somewhere', async () => {
    await old.init();
    await old.exits(0, 'backup');
    const { checks } = await old.ask<Drilled>('drill');
    expect(checks).toContainEqual({ ok: true, found: 'it reaches nobody' });
  });

  it('would tell of a way out', async () => {
    const program =
      'import sys; tried = {"__name__": "tried"}; exec(sys.stdin.read(), tried); tried["try_isolation"]({})';
    const { exitCode, stderr } = await old.host.exec(
      [
        ...['docker', 'run', '--rm', '--interactive', '--network', 'matrix-localhost_web'],
        ...['--entrypoint', 'python3', testedImage('synapse'), '-c', program],
      ],
      { input: readTemplate('synapse/try_copy.py') },
    );
    expect({ exitCode, told: stderr.includes('there is a way out') }).toEqual({ exitCode: 1, told: true });
  });
});
