import { beforeAll, describe, expect, it } from 'vitest';
import { testedImage } from '../../src/releases/releases.ts';
import { attachLab } from '../lab/attach.ts';
import type { Host } from '../lab/host.ts';
import { checkout } from '../lab/machine.ts';
import { type Client, logInAsAdmin } from './support/client.ts';
import { Deployment } from './support/deployment.ts';
import { addUser, password } from './support/federating-server.ts';
import { initPublicly } from './support/public-server.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const chat = 'chat.alpha.test';
const names = ['alpha.test', 'matrix.alpha.test', chat];
const alpha = await lab.host('alpha', { images: [...stackImages, testedImage('element')], names });
const client = await lab.host('client');
const attackers = await Promise.all(['mallory', 'mordred', 'moriarty'].map((name) => lab.host(name)));
const deployment = new Deployment(alpha, { serverName: 'alpha.test' });

const versions = '/_matrix/client/versions';
const login = '/_matrix/client/v3/login';
const upload = '/_matrix/media/v3/upload';

interface Crowd {
  readonly manner: 'slow' | 'header' | 'body' | 'parts' | 'streams' | 'sips' | 'sip' | 'unfinished' | 'ask';
  readonly count: number;
  readonly path: string;
  /** The homeserver's name when absent. */
  readonly at?: string;
  /** After so many answers it ends before its time is over. */
  readonly answers?: number;
}

interface Seen {
  readonly opened: number;
  readonly refused: number;
  readonly statuses: Readonly<Record<string, number>>;
  readonly milliseconds: readonly number[];
}

/** What a client asks for, and of which name. */
type Place = Pick<Crowd, 'path' | 'at'>;

const services = ['traefik', 'synapse', 'element'];
const homeserver: Place = { path: versions };
const isServed = {
  statuses: ['200'],
  answers: expect.any(Number),
  p95: expect.toSatisfy((milliseconds: number) => milliseconds < 1_000),
};

beforeAll(async () => {
  await deployment.exits(0, ...initPublicly(deployment));
  await deployment.edit({ element: { host: chat } });
  await deployment.exits(0, 'apply');
});

/** Lets a crowd loose on the server for so many seconds. */
async function letLoose(
  host: Host,
  { manner, count, path, at = 'matrix.alpha.test', answers = Number.POSITIVE_INFINITY }: Crowd,
  seconds: number,
): Promise<Seen> {
  const program = `${checkout.onMachines}/test/e2e/support/crowd.mjs`;
  const argv = ['node', program, manner, String(count), String(seconds), at, path, String(answers)];
  return JSON.parse(await host.run(argv, { timeoutSeconds: seconds + 60 }));
}

/** The process of a service, as the host counts: another one after a restart. */
async function processOf(service: string): Promise<number> {
  return (await deployment.container(service)).State.Pid;
}

/** The process of nginx that answers. The first one starts another when it is killed. */
function workerOfWebClient(): Promise<string> {
  return alpha.run(['pgrep', '--full', 'nginx: worker']);
}

/** Bytes in files of Synapse that have no name any more: bodies that have not come to their end. */
async function bytesOfBodies(): Promise<number> {
  const count =
    'for file in /proc/$1/fd/*; do case $(readlink $file) in *deleted*) stat -L -c %s $file;; esac; done';
  const sizes = await alpha.run(['sh', '-c', count, 'count', String(await processOf('synapse'))]);
  return sizes
    .split('\n')
    .map(Number)
    .reduce((sum, size) => sum + size, 0);
}

/** While all of this goes on: what a client saw in each of these places, and the statuses that each crowd got. */
async function during(crowds: readonly (readonly [Host, Crowd])[], places: readonly Place[] = [homeserver]) {
  const before = await Promise.all(services.map(processOf));
  const seconds = 15;
  const attacks = Promise.all(crowds.map(([host, crowd]) => letLoose(host, crowd, seconds)));
  const served = await Promise.all(
    places.map((place) => letLoose(client, { manner: 'ask', count: 1_000, ...place }, seconds - 3)),
  );
  const attacked = await attacks;
  expect(await Promise.all(services.map(processOf))).toEqual(before);
  const results = served.map(({ statuses, milliseconds }) => ({
    statuses: Object.keys(statuses),
    answers: milliseconds.length,
    p95: percentile95(milliseconds),
  }));
  const peaks = Object.fromEntries(
    await Promise.all(services.map(async (service) => [service, await peakMemory(service)])),
  );
  const crowd = attacked.map(({ opened, refused, statuses }) => ({ opened, refused, statuses }));
  process.stdout.write(`${JSON.stringify({ results, peaks, crowd })}\n`);
  // Without connections there was no attack.
  for (const { opened } of crowd) expect(opened).toBeGreaterThan(0);
  return { results, statuses: crowd.map(({ statuses }) => statuses) };
}

/** Stores account data of so many bytes. */
async function store(user: Client, type: string, size: number) {
  const { body: me } = await user.call('GET', '/_matrix/client/v3/account/whoami');
  const path = `/_matrix/client/v3/user/${me.user_id}/account_data/${type}`;
  const { status, body } = await user.call('PUT', path, { text: 'a'.repeat(size) });
  return { path, status, errcode: body.errcode };
}

/** Gets an answer with 64 kB a second. */
function takeSlowly(path: string): Promise<string> {
  const argv = ['curl', '--silent', '--show-error', '--fail', '--limit-rate', '64k'];
  return client.run([...argv, `https://matrix.alpha.test${path}`]);
}

function percentile95(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length * 0.95)] ?? Number.NaN;
}

/**
 * Sends bodies without an end until so many are answered, which the server does when the rest has not come in time.
 *
 * @returns the answers, and the most bytes of bodies that were on the disk meanwhile
 */
async function sendBodies(count: number, path: string, answers: number) {
  let isOver = false;
  const attack = letLoose(first, { ...crowd('body', count, path), answers }, 90).finally(() => {
    isOver = true;
  });
  let most = 0;
  while (!isOver) most = Math.max(most, await bytesOfBodies());
  return { statuses: (await attack).statuses, most };
}

/** The most memory that a service's first process had, as the kernel says it. */
async function peakMemory(service: string): Promise<string> {
  const status = await alpha.readFile(`/proc/${await processOf(service)}/status`);
  return /VmHWM:\s*(.*)/.exec(status)?.[1] ?? '';
}

const crowd = (manner: Crowd['manner'], count: number, path = versions): Crowd => ({ manner, count, path });
const [first] = attackers as [Host, ...Host[]];
const fromAll = (each: Crowd) => attackers.map((host) => [host, each] as const);

describe('a client must be served, and nothing be killed, beside', () => {
  it.each([
    ['3,000 slow connections from one address', [[first, crowd('slow', 3_000)]]],
    ['3,000 slow connections from three', fromAll(crowd('slow', 1_000))],
    ['500 headers of 0.9 MB without an end from each of three', fromAll(crowd('header', 500))],
    ['connections full of requests whose answers are not taken', [[first, crowd('streams', 150)]]],
    ['200 bodies without an end', [[first, crowd('body', 200, login)]]],
    [
      'all of it at once, from three addresses',
      attackers.map((host, index) => {
        const kinds = [crowd('slow', 3_000), crowd('header', 500), crowd('body', 200, login)];
        return [host, kinds[index] ?? crowd('slow', 1)] as const;
      }),
    ],
  ] as const)('%s', async (_case, crowds) => {
    const { results } = await during(crowds);
    for (const result of results) expect(result).toEqual(isServed);
  });

  it('answers of the web client of which a byte a second is taken', async () => {
    const page = { path: '/config.json', at: chat };
    const largest = { path: '/assets/matrix_sdk_crypto_wasm_bg.wasm', at: chat };
    const crowds = [
      { manner: 'sips', count: 32, ...largest },
      { manner: 'sip', count: 128, ...largest },
      { manner: 'streams', count: 32, ...largest },
    ] as const;
    const worker = await workerOfWebClient();
    const attacks = attackers.map((host, index) => [host, crowds[index] as Crowd] as const);
    const { results, statuses } = await during(attacks, [page, homeserver]);
    for (const result of results) expect(result).toEqual(isServed);
    expect(statuses[0]).toHaveProperty('200');
    expect(await workerOfWebClient()).toBe(worker);
  });

  it('downloads of 48 MB of which a byte a second is taken', async () => {
    const admin = await logInAsAdmin(deployment);
    await alpha.run(['truncate', '--size', '48000000', '/tmp/file']);
    const { content_uri } = JSON.parse(await admin.curl(['--data-binary', '@/tmp/file'], upload));
    const file = content_uri.replace('mxc://', '/_matrix/client/v1/media/download/');
    const largest = { path: `${file}?access_token=${admin.token}` };
    const { results, statuses } = await during([[first, { manner: 'sips', count: 32, ...largest }]]);
    for (const result of results) expect(result).toEqual(isServed);
    expect(statuses).toEqual([{ '200': 512 }]);
  });

  it('answers in JSON of 8 MB of which a byte a second is taken, while one arrives over a slow line', async () => {
    const admin = await logInAsAdmin(deployment);
    await addUser(deployment, 'mallory');
    const mallory = await admin.logIn('mallory', password);
    for (const type of ['a', 'b']) expect((await store(mallory, type, 4_000_000)).status).toBe(200);
    const { path } = await store(admin, 'a', 800_000);
    const slowly = takeSlowly(`${path}?access_token=${admin.token}`);
    const all = { path: `/_matrix/client/v3/sync?access_token=${mallory.token}` };
    const { results, statuses } = await during([[first, { manner: 'sips', count: 32, ...all }]]);
    for (const result of results) expect(result).toEqual(isServed);
    expect(Object.keys(statuses[0] ?? {})).toEqual(['200', '429']);
    expect((await slowly).length).toBeGreaterThan(800_000);

    const refused = await store(mallory, 'c', 1_000_000);
    expect(refused).toMatchObject({ status: 413, errcode: 'M_TOO_LARGE' });
    expect((await store(mallory, 'a', 3_000_000)).status).toBe(200);
    expect((await store(mallory, 'c', 1_000_000)).status).toBe(200);
  });

  it('24 bodies of many small parts that come to their end at once', async () => {
    const admin = await logInAsAdmin(deployment);
    const { path } = await store(admin, 'b', 1);
    const parts = { manner: 'parts', count: 24, path: `${path}?access_token=${admin.token}` } as const;
    const { results, statuses } = await during([[first, parts]]);
    for (const result of results) expect(result).toEqual(isServed);
    expect(Object.keys(statuses[0] ?? {})).toEqual(['200', '429']);
  });
});

describe('one who has as many requests open as an address may have', () => {
  it('must be refused more, and nobody else be refused any', async () => {
    const greedy = letLoose(first, crowd('unfinished', 40, login), 8);
    const served = await letLoose(client, { manner: 'ask', count: 1_000, path: versions }, 6);
    expect(Object.keys(served.statuses)).toEqual(['200']);
    expect((await greedy).statuses).toMatchObject({ 429: 40 * 16 - 512 });
  });
});

describe('what an unfinished body takes of the disk', () => {
  const mebibyte = 2 ** 20;

  it('must be nothing worth naming where a route needs no large one', async () => {
    const { statuses, most } = await sendBodies(10, login, 10);
    expect(statuses).toEqual({ 413: 10 });
    expect(most).toBeLessThan(mebibyte);
  });

  it('must be bounded where one does', async () => {
    const { statuses, most } = await sendBodies(10, upload, 8);
    expect(statuses).toEqual({ 429: 8 });
    expect(most).toBeLessThanOrEqual(100 * mebibyte);
  });

  it('must be freed when the client is gone, so that others can upload', async () => {
    expect(await bytesOfBodies()).toBeLessThan(mebibyte);
  });
});
