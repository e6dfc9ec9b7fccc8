import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { attachLab } from '../lab/attach.ts';
import { waitUntil } from '../lab/command.ts';
import type { ExecResult } from '../lab/executor.ts';
import { logInAsAdmin } from './support/client.ts';
import { Deployment } from './support/deployment.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
// With a disk of its own, which can be filled, and whose file system knows immutable files.
const host = await lab.host('small', { images: stackImages, diskBytes: 1.5e9 });
const deployment = new Deployment(host);

beforeAll(async () => {
  await deployment.exits(0, 'init', '--local', '--yes', '--skip-check', 'disk');
});

let rate = 1;

/** What an apply says and ends with that has something to do. */
async function change(): Promise<ExecResult> {
  rate += 1;
  await deployment.edit({ synapse: { overrides: { rc_message: { per_second: rate, burst_count: 10 } } } });
  return deployment.cli('apply');
}

/** Says what is wrong and what to do, and calls it no bug of its own. */
function expectExplained({ stderr }: ExecResult, what: RegExp): void {
  expect(stderr).toMatch(what);
  expect(stderr).not.toMatch(/bug in matrix-deploy|^\s+at .*:\d+/m);
}

// What chattr(1) does, which these hosts do not have (ioctl_iflags(2); numbers of linux/fs.h on 64 bits).
const setImmutable = `perl -e '
  my $on = shift;
  foreach (@ARGV) {
    open(my $file, "<", $_) or die "$_: $!";
    my $flags = pack("L!", 0);
    ioctl($file, 0x80086601, $flags) or die "$_: $!";
    my $old = unpack("L!", $flags);
    $flags = pack("L!", $on ? $old | 0x10 : $old & ~0x10);
    ioctl($file, 0x40086602, $flags) or die "$_: $!";
  }'`;

// By what it takes to break it, and to repair it, in the deployment directory.
describe.each<[string, string, string, RegExp]>([
  [
    'a rendered file is immutable',
    `${setImmutable} 1 synapse/homeserver.yaml synapse`,
    `${setImmutable} 0 synapse synapse/homeserver.yaml`,
    /synapse\/.* could not be .*does not permit.*\n.*chattr/s,
  ],
  [
    'its file system is read-only',
    'mount --bind state state && mount -o remount,bind,ro state',
    'umount state',
    /\/state\S* could not be .*read-only.*\n.*findmnt/s,
  ],
  [
    'a directory is where a file must be',
    'mv synapse/homeserver.yaml /root/ && mkdir -p synapse/homeserver.yaml/in',
    'rm -r synapse/homeserver.yaml && mv /root/homeserver.yaml synapse/',
    /homeserver\.yaml.*(?:directory|not a file)/,
  ],
  [
    'the disk is full',
    'dd if=/dev/zero of=/filled bs=1M; dd if=/dev/zero of=/filled.rest bs=4k; true',
    'rm -f /filled /filled.rest',
    /full|[Nn]o space/,
  ],
])('apply where %s', (_, breaks, repair, what) => {
  afterEach(async () => {
    await deployment.run(['sh', '-c', repair]);
    await deployment.exits(0, 'apply', '--overwrite-edits');
    await deployment.exits(0, 'status');
  });

  it('must fail with what is wrong and what to do, and go on when it is repaired', async () => {
    await deployment.run(['sh', '-c', breaks]);
    const result = await change();
    expectExplained(result, what);
    expect([1, 4, 5]).toContain(result.exitCode);
  });
});

describe('a command where the engine is gone', () => {
  beforeAll(() => host.killEngine());

  afterAll(async () => {
    await host.startEngine();
    const isHealthy = async () => (await deployment.cli('status')).exitCode === 0;
    await waitUntil('a healthy server', isHealthy, { seconds: 60 });
  });

  it.each([
    ['plan', ['plan']],
    ['apply', ['apply']],
    ['users list', ['users', 'list']],
    ['destroy', ['destroy', '--yes']],
  ])('must end with 4 and say how to start it: %s', async (_, argv) => {
    const result = await deployment.cli(...argv);
    expect(result.exitCode).toBe(4);
    expectExplained(result, /Docker (?:does not answer|.* does not run).*\n.*Start /s);
  });
});

describe('destroy --delete-data where something is mounted', () => {
  const destroy = () => deployment.cli('destroy', '--delete-data', '--confirm', deployment.serverName);

  it('must delete nothing and stop nothing, and name it', async () => {
    const media = deployment.path('data/synapse/media_store');
    const session = await logInAsAdmin(deployment);
    await host.run(['mount', '--bind', media, media]);
    const result = await destroy();
    expect(result.exitCode).toBe(1);
    expectExplained(result, /something is mounted in .*\n.*media_store.*umount/s);
    expect(await session.isLoggedIn()).toBe(true);
    await host.run(['umount', media]);
    await deployment.exits(0, 'status');
  });

  it('must leave a directory empty that is mounted itself', async () => {
    await host.run(['mount', '--bind', deployment.directory, deployment.directory]);
    const result = await destroy();
    expect(result.exitCode).toBe(0);
    expect(await host.run(['ls', '-A', deployment.directory])).toBe('');
    await host.run(['umount', deployment.directory]);
  });
});
