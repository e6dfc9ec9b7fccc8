import { once } from 'node:events';
import { beforeAll, describe, expect, it } from 'vitest';
import { attachLab } from '../../lab/attach.ts';

const mebibyte = 1024 ** 2;
const longAnswer = 20_000;

const lab = await attachLab();
const alpha = await lab.host('alpha', { names: ['alpha.example'] });
const beta = await lab.host('beta', { memoryBytes: 1024 * mebibyte, diskBytes: 256 * mebibyte });

const fetch = (url: string, seconds = 10): string[] => [
  'curl',
  '--silent',
  '--max-time',
  String(seconds),
  url,
];
// Who could not reach a neighbour remembers that for some seconds, also when the line is back.
const again = ['--retry', '5', '--retry-delay', '1', '--retry-all-errors'];
const fetchGreeting = [...fetch('http://alpha.example/'), ...again];
const fetchInVain = fetch('http://alpha.example/', 2);

beforeAll(async () => {
  const server = `require('http').createServer(({ url }, response) =>
    response.end(url === '/long' ? 'x'.repeat(${longAnswer}) : 'hello')).listen(80)`;
  await alpha.start(['node', '--eval', server]);
  await alpha.run(['curl', '--silent', '--retry', '5', '--retry-connrefused', 'http://localhost/']);
});

describe('a host', () => {
  it('must reach another by its name, and nothing outside', async () => {
    expect(await beta.run(fetchGreeting)).toBe('hello');
    expect(await beta.run(['ip', '-4', 'route', 'get', '192.0.2.1'])).toContain('via 10.88.0.1');
    const { exitCode } = await beta.exec(fetch('http://192.0.2.1/', 2));
    expect(exitCode).not.toBe(0);
  });

  it('must be reached by IPv6 too, where a name says so', async () => {
    await lab.dns.set('six.example', 'AAAA', alpha.address6);
    expect(await beta.run(fetch('http://six.example/'))).toBe('hello');
  });

  it('must have an engine that answers inside and outside', async () => {
    expect(await alpha.run(['docker', 'version', '--format', '{{.Server.Version}}'])).toMatch(/^26\.1\./);
    const outside = await lab.findMachine('alpha');
    expect(await outside.run(['cat', '/etc/hostname'])).toBe('alpha');
  });

  it('must pass a signal on to the command that it is meant for', async () => {
    const script = 'trap "exit 7" INT; echo ready; while :; do sleep 0.1; done';
    const command = await alpha.spawn(['sh', '-c', script]);
    await once(command.stdout, 'data');
    await alpha.signal(command, 'SIGINT');
    expect(await once(command, 'exit')).toEqual([7, null]);
  });

  it('must believe that it has the memory that it was given, and be held to it', async () => {
    expect(await beta.run(['docker', 'info', '--format', '{{.MemTotal}}'])).toBe(String(1024 * mebibyte));
    const greedy = await beta.exec([
      'node',
      '--eval',
      'const kept = []; for (;;) kept.push(Buffer.alloc(2 ** 26, 1))',
    ]);
    expect(greedy.exitCode).toBe(137);
    expect(await beta.run(['docker', 'ps', '--quiet'])).toBe('');
  });

  it('must run out of disk space where its disk ends', async () => {
    const { exitCode, stderr } = await beta.exec([
      'dd',
      'if=/dev/zero',
      'of=/var/lib/docker/fill',
      'bs=1M',
      'count=512',
    ]);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 1,
      stderr: expect.stringContaining('No space left on device'),
    });
    await expect(beta.writeFile('/opt/more', 'x'.repeat(mebibyte))).rejects.toThrow(
      'No space left on device',
    );
    await beta.run(['rm', '/var/lib/docker/fill']);
    await beta.writeFile('/opt/more', 'x'.repeat(mebibyte));
  });

  it('must keep its files, and lose its processes, when the power is cut', async () => {
    await beta.writeFile('/opt/kept', 'still here');
    await beta.run(['sync']);
    const engine = await beta.socket();
    await beta.powerOff();
    await expect(beta.run(['true'])).rejects.toThrow('switched off');
    await beta.boot();
    expect(await beta.readFile('/opt/kept')).toBe('still here');
    expect(await beta.socket()).not.toBe(engine);
    expect(await beta.run(['docker', 'ps', '--quiet'])).toBe('');
  });

  it('must be gone when it is removed, with the processes of paused containers', async () => {
    const gamma = await lab.host('gamma');
    // Redirected before the fork: what is frozen before it lets go of the run's pipes never ends it.
    const script = `exec >/dev/null 2>&1; at=/sys/fs/cgroup/freezer/paused
      [ -d /sys/fs/cgroup/freezer ] || at=/sys/fs/cgroup/paused
      mkdir $at; sleep 1000 & echo $! >$at/cgroup.procs
      if [ -e $at/freezer.state ]; then echo FROZEN >$at/freezer.state; else echo 1 >$at/cgroup.freeze; fi`;
    await gamma.run(['bash', '-euc', script]);
    await gamma.remove();
    expect((await lab.machines()).map(({ name }) => name)).not.toContain('gamma');
  });

  it('must get its engine back after that was killed', async () => {
    await alpha.killEngine();
    expect((await alpha.exec(['docker', 'ps'])).exitCode).not.toBe(0);
    await alpha.startEngine();
    expect(await alpha.run(['docker', 'ps', '--quiet'])).toBe('');
  });
});

describe('the network of a host', () => {
  it('must be gone while it is cut, and back afterwards', async () => {
    await alpha.cut();
    expect((await beta.exec(fetchInVain)).exitCode).not.toBe(0);
    await alpha.restore();
    expect(await beta.run(fetchGreeting)).toBe('hello');
  });

  it('must be as slow as it is made', async () => {
    await alpha.impair({ delayMilliseconds: 100 });
    const timed = [...fetchGreeting, '--output', '/dev/null', '--write-out', '%{time_connect}'];
    // One round trip, each way delayed.
    expect(Number(await beta.run(timed))).toBeGreaterThan(0.2);
    await alpha.restore();
    expect(Number(await beta.run(timed))).toBeLessThan(0.2);
  });

  it('must carry no more than it is made to', async () => {
    // Fast enough that what neighbours send to all hosts does not hold up the search for an address.
    await alpha.impair({ bytesPerSecond: longAnswer });
    const timed = [...fetch('http://alpha.example/long'), ...again, '--output', '/dev/null'];
    timed.push('--write-out', '%{time_total}');
    expect(Number(await beta.run(timed))).toBeGreaterThan(0.9);
    await alpha.restore();
    expect(Number(await beta.run(timed))).toBeLessThan(0.9);
  });

  it('must lose what it is made to lose', async () => {
    await alpha.impair({ loss: 1 });
    expect((await beta.exec(fetchInVain)).exitCode).not.toBe(0);
    await alpha.restore();
    expect(await beta.run(fetchGreeting)).toBe('hello');
  });
});
