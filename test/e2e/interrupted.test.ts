import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { attachLab } from '../lab/attach.ts';
import { waitUntil } from '../lab/command.ts';
import { logInAsAdmin } from './support/client.ts';
import { Deployment } from './support/deployment.ts';
import { jobStarts, type Moment, service } from './support/moments.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const host = await lab.host('alpha', { images: stackImages });

// What it dies before is in killed.test.ts; this is what others are doing for it at that moment, and go on with or not.
describe('init that is killed while others work for it', () => {
  const deployment = new Deployment(host);
  let secrets: Record<string, string> = {};

  // Each run continues where the one before died, and what a moment is about must not be done by then.
  it.each([
    ['initdb fills the database directory', jobStarts('postgres')],
    ['Synapse is about to wait for its database', service('synapse', 'create')],
    ['the database server starts', service('postgres', 'start')],
  ])('must lose nothing when it dies as %s', async (_, moment) => {
    // On a busy machine those who go on working after a death have done it before the next run comes to it.
    const run = await startInit(deployment, moment, { mayFinish: true });
    if (run.exitCode === null) await end(run, 'SIGKILL');
    expect(await deployment.secrets()).toMatchObject(secrets);
    secrets = await deployment.secrets();
  });

  it('must be finished by the same command', async () => {
    await deployment.exits(0, 'init', '--local', '--yes');
    expect(await deployment.secrets()).toMatchObject(secrets);
    expect(await (await logInAsAdmin(deployment)).isLoggedIn()).toBe(true);
    await deployment.exits(0, 'status');
  });

  it('must leave one container a service, and nothing else', async () => {
    const format = '{{.Label "com.docker.compose.service"}}';
    const names = async () =>
      (await host.run(['docker', 'ps', '--all', '--format', format])).split('\n').sort().join(' ');
    // The job that writes byte code ends a little after init.
    await waitUntil('the end of all else', async () => (await names()) === 'postgres synapse traefik', {
      seconds: 60,
    });
    expect(await host.run(['ls', 'data', 'state'], { cwd: deployment.directory })).toBe(
      'data:\nidentity.json\npostgres\nsynapse\n\nstate:\napplied.yaml\nconverged.json\nformat.json\ngrowth.json\nidentity.json\nimages.json\nlast-run.log\nset-up.json\nsummary.json\nwritten.json',
    );
  });
});

describe('the run after one that was killed', () => {
  const deployment = new Deployment(host);
  const job = 'matrix-deploy.job=matrix-localhost';
  const follower = (pid: string, processStart: string, boot: string) =>
    `matrix-deploy.follower=${JSON.stringify({ pid: Number(pid), processStart, boot })}`;
  const start = async (name: string, ...labels: string[]) => {
    const given = [job, ...labels].flatMap((label) => ['--label', label]);
    const image = stackImages.find((one) => one.includes('postgres')) ?? '';
    const options = ['--detach', '--name', name, '--network=none', '--entrypoint=sleep'];
    await host.run(['docker', 'run', ...options, ...given, image, '600']);
  };

  it('must remove the one-off containers that the other followed, running or ended, and no others', async () => {
    const boot = await host.run(['cat', '/proc/sys/kernel/random/boot_id']);
    const init = (await host.run(['cat', '/proc/1/stat'])).split(') ')[1]?.split(' ')[19] ?? '';
    await start('works', follower('1', '0', boot));
    await start('ended', follower('1', init, 'of before'));
    await host.run(['docker', 'stop', '--time', '0', 'ended']);
    await start('of-a-run', follower('1', init, boot));
    await start('launched');
    // What a killed run leaves too, so that the next one looks at everything.
    await host.writeFile(deployment.path('state/lock'), '{}');

    await deployment.exits(0, 'apply');

    const ours = ['--filter', `label=${job}`, '--format', '{{.Names}}'];
    const names = await host.run(['docker', 'ps', '--all', ...ours]);
    await host.run(['docker', 'rm', '--force', 'of-a-run', 'launched']);
    expect(names.split('\n').sort()).toEqual(['launched', 'of-a-run']);
  });
});

describe('a run of init', () => {
  const deployment = new Deployment(host, { directory: '/srv/second', serverName: 'second.localhost' });

  it('must end with 130 when it is interrupted', async () => {
    const run = await startInit(deployment, jobStarts('postgres'));
    expect(await end(run, 'SIGINT')).toBe(130);
  });

  it('must keep another one out, which names it, and finish', async () => {
    const run = await startInit(deployment, service('postgres', 'create'));
    const { stderr } = await deployment.exits(7, 'apply');
    expect(stderr).toContain('`matrix-deploy init`');
    const [exitCode] = await once(run, 'exit');
    expect(exitCode).toBe(0);
    await deployment.exits(0, 'status');
  });
});

/** Starts init; resolves when it has come to a moment, or where that may be, when it has finished without. */
async function startInit(
  deployment: Deployment,
  moment: Moment,
  { mayFinish = false } = {},
): Promise<ChildProcessWithoutNullStreams> {
  const reached = moment(deployment);
  // Nobody waits for it any more where the run has ended first.
  reached.catch(() => {});
  const run = await host.spawn(
    deployment.command('init', '--local', '--yes', '--server-name', deployment.serverName),
  );
  run.stdout.resume();
  run.stderr.resume();
  await Promise.race([
    reached,
    once(run, 'exit').then(([exitCode]) => {
      if (!mayFinish || exitCode !== 0) throw new Error(`it ended too early, with ${exitCode}`);
    }),
  ]);
  return run;
}

async function end(
  run: ChildProcessWithoutNullStreams,
  signal: 'SIGINT' | 'SIGKILL',
): Promise<number | null> {
  const ended = once(run, 'exit');
  await host.signal(run, signal);
  const [exitCode] = await ended;
  return exitCode;
}
