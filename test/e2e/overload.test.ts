import { beforeAll, describe, expect, it } from 'vitest';
import { attachLab } from '../lab/attach.ts';
import type { Host } from '../lab/host.ts';
import { checkout } from '../lab/machine.ts';
import { Deployment } from './support/deployment.ts';
import { initPublicly } from './support/public-server.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const names = ['alpha.test', 'matrix.alpha.test'];
const alpha = await lab.host('alpha', { images: stackImages, names });
const client = await lab.host('client');
const attackers = await Promise.all(['mallory', 'mordred', 'moriarty'].map((name) => lab.host(name)));
const deployment = new Deployment(alpha, { serverName: 'alpha.test' });

const versions = '/_matrix/client/versions';
const login = '/_matrix/client/v3/login';
const upload = '/_matrix/media/v3/upload';

interface Crowd {
  readonly manner: 'slow' | 'header' | 'body' | 'streams' | 'unfinished' | 'ask';
  readonly count: number;
  readonly path: string;
  /** After so many answers it ends before its time is over. */
  readonly answers?: number;
}

interface Seen {
  readonly opened: number;
  readonly refused: number;
  readonly statuses: Readonly<Record<string, number>>;
  readonly milliseconds: readonly number[];
}

beforeAll(async () => {
  await deployment.exits(0, ...initPublicly(deployment));
});

/** Lets a crowd loose on the server for so many seconds. */
async function letLoose(
  host: Host,
  { manner, count, path, answers = Number.POSITIVE_INFINITY }: Crowd,
  seconds: number,
): Promise<Seen> {
  const program = `${checkout.onMachines}/test/e2e/support/crowd.mjs`;
  const argv = [
    'node',
    program,
    manner,
    String(count),
    String(seconds),
    'matrix.alpha.test',
    path,
    String(answers),
  ];
  return JSON.parse(await host.run(argv, { timeoutSeconds: seconds + 60 }));
}

/** The process of a service, as the host counts: another one after a restart. */
async function processOf(service: string): Promise<number> {
  return (await deployment.container(service)).State.Pid;
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

/** While all of this goes on: what the crowds saw, and what a client saw beside them. */
async function during(crowds: readonly (readonly [Host, Crowd])[]) {
  const before = await Promise.all(['traefik', 'synapse'].map(processOf));
  const seconds = 15;
  const attacks = Promise.all(crowds.map(([host, crowd]) => letLoose(host, crowd, seconds)));
  const served = await letLoose(client, { manner: 'ask', count: 1_000, path: versions }, seconds - 3);
  const attacked = await attacks;
  expect(await Promise.all(['traefik', 'synapse'].map(processOf))).toEqual(before);
  const sorted = served.milliseconds.toSorted((one, other) => one - other);
  const p95 = sorted[Math.floor(sorted.length * 0.95)] ?? Number.NaN;
  const figures = { answers: sorted.length, p95, peak: await peakMemory() };
  const crowd = attacked.map(({ opened, refused, statuses }) => ({ opened, refused, statuses }));
  process.stdout.write(`${JSON.stringify({ ...figures, crowd })}\n`);
  return { served, p95 };
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

/** The most memory that the proxy's process had, as the kernel says it. */
async function peakMemory(): Promise<string> {
  const status = await alpha.readFile(`/proc/${await processOf('traefik')}/status`);
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
    const { served, p95 } = await during(crowds);
    expect(Object.keys(served.statuses)).toEqual(['200']);
    expect(p95).toBeLessThan(1_000);
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
