import { createHmac } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { testedImage } from '../../src/releases/releases.ts';
import { attachLab } from '../lab/attach.ts';
import { waitUntil } from '../lab/command.ts';
import { type Client, logInAsAdmin } from './support/client.ts';
import { Deployment } from './support/deployment.ts';
import { stackImages } from './support/stack-images.ts';
import { buildProgramWithToys, buildToyImages, programWithToys, toys } from './support/toys.ts';
import { ask } from './support/web.ts';

const lab = await attachLab();
const host = await lab.host('alpha', { images: [...stackImages, testedImage('restic')] });
const deployment = new Deployment(host, { program: programWithToys });
const secrets = {
  pages_owner: 'owner-0123456789',
  pages_reader: 'reader-0123456789',
  relay_secret: 'shared-0123456789',
};
const data = ['data/bridge/kept', 'secrets/bridge_registration.json', 'secrets/bridge.conf'];
const witnesses = () => Promise.all(data.map((path) => deployment.readFile(path)));

let admin: Client;
let room: string;

/** The page that shows the name of the reader whose password is given. */
async function readPrivately(password: string) {
  const { traefik } = parse(await deployment.readFile('matrix.yaml'));
  const url = `https://pages.localhost:${traefik.publish.https}/private`;
  const trust = ['--cacert', deployment.path('secrets/local_ca.pem')];
  const { status, body } = await ask(host, url, ...trust, '--header', `Authorization: ${password}`);
  return { status, body };
}

const sendDatagram = `
  const [port, address, text] = process.argv.slice(1);
  const socket = require('node:dgram').createSocket('udp4');
  socket.on('message', (answer) => { console.log(String(answer)); socket.close(); });
  socket.send(text, port, address);`;

/** What the relay answers to another machine, and what it must answer: so many sessions were begun. */
async function relayed(session: string, port: number) {
  return lab.registry.run(['node', '--eval', sendDatagram, String(port), host.address, session], {
    timeoutSeconds: 10,
  });
}
const answerTo = (session: string, begun: number) =>
  `${createHmac('sha256', secrets.relay_secret).update(session).digest('hex')} ${begun}`;

async function tellBridge(text: string): Promise<void> {
  await admin.say(room, text);
  await waitUntil('the bridge has it', async () =>
    (await deployment.readFile('data/bridge/kept')).includes(text),
  );
}

const imagesOfToys = async () =>
  (await deployment.containers())
    .map(({ Config }) => Config.Image.replace(/@.*/, ''))
    .filter((image) => image.startsWith('toys/'))
    .sort();

beforeAll(async () => {
  await Promise.all([buildProgramWithToys(host), buildToyImages(host)]);
  await deployment.exits(0, 'init', '--local', '--yes', '--no-start', '--server-name', 'localhost');
  for (const [name, value] of Object.entries(secrets)) {
    await host.run(deployment.command('secrets', 'set', name, '--file', '-'), { input: value });
  }
  await deployment.edit({
    pages: {
      host: 'pages.localhost',
      owner: { from_secret: 'pages_owner' },
      reader: { from_secret: 'pages_reader' },
    },
    relay: { secret: { from_secret: 'relay_secret' } },
    bridge: { owner: 'admin' },
  });
  await deployment.init();
  admin = await logInAsAdmin(deployment);
  room = await admin.createRoom({ invite: ['@bridgebot:localhost'] });
});

describe('components that the program does not know', () => {
  it('must be set up, and be seen to work', async () => {
    await deployment.exits(0, 'plan', '--exit-code');
    await deployment.exits(0, 'verify');
    expect(await deployment.ask('status')).toMatchObject({ healthy: true });
    expect(await readPrivately(secrets.pages_reader)).toEqual({ status: 200, body: 'reader' });
    expect(await readPrivately(secrets.pages_owner)).toEqual({ status: 200, body: 'owner' });
    expect(await readPrivately('wrong')).toMatchObject({ status: 401 });
    expect(await relayed('one', 3478)).toBe(answerTo('one', 1));
    expect(await relayed('two', 49160)).toBe(answerTo('two', 2));
    await tellBridge('before the upgrade');
  });

  it('must follow a setting', async () => {
    await deployment.edit({ relay: { ports: 5 } });
    await deployment.exits(0, 'apply');
    expect(await relayed('', 49160)).toBe(answerTo('', 2));
  });

  it('must be upgraded, with what they keep', async () => {
    await deployment.edit(Object.fromEntries(toys.map((name) => [name, { image: `toys/${name}:2` }])));
    await deployment.exits(0, 'upgrade', '--yes');
    expect(await imagesOfToys()).toEqual(['toys/bridge:2', 'toys/pages:2', 'toys/relay:2']);
    expect(await relayed('', 3478)).toBe(answerTo('', 2));
    await tellBridge('after the upgrade');
  });

  it('must leave nothing when they are destroyed with their data, and come back from a backup', async () => {
    await deployment.exits(0, 'backup');
    const before = await witnesses();
    await deployment.exits(0, 'destroy', '--delete-data', '--confirm', 'localhost');
    const left =
      'docker ps --all --quiet; docker volume ls --quiet; docker network ls --quiet --filter type=custom';
    expect(await host.run(['sh', '-c', left])).toBe('');
    expect(await deployment.run(['ls', '-A'])).toBe('backups\nsecrets');
    await host.run(['mv', deployment.directory, '/srv/disk']);

    await host.run(['install', '-m', '600', '/srv/disk/secrets/backup.key', '/root/key']);
    await deployment.exits(0, 'restore', '--from', '/srv/disk/backups', '--key-file', '/root/key');
    expect(await witnesses()).toEqual(before);
    expect(await deployment.ask('status')).toMatchObject({ healthy: true });
    expect(await readPrivately(secrets.pages_owner)).toEqual({ status: 200, body: 'owner' });
    expect(await relayed('three', 3478)).toBe(answerTo('three', 3));
    await tellBridge('after the restore');
  });
});
