import { once } from 'node:events';
import { expect, it } from 'vitest';
import { attachLab } from '../lab/attach.ts';
import { Deployment } from './support/deployment.ts';
import { service } from './support/moments.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const host = await lab.host('alpha', { images: stackImages });
const first = new Deployment(host, { directory: '/srv/first' });
const second = new Deployment(host, { directory: '/srv/second' });
const init = ['init', '--local', '--yes', '--server-name', 'localhost'];

/** What `init` writes for its first port. */
const matrixYaml = `version: 1
server_name: "localhost"
host: "localhost"
traefik:
  publish: { address: "127.0.0.1", https: 8443, http: null }
  certificates: { issuer: "local" }
`;

const volumes = () => host.run(['docker', 'volume', 'ls', '--quiet']);
const destroy = ['destroy', '--delete-data', '--confirm', 'localhost'];

it.each([
  ['one directory', first, first],
  ['two directories', first, second],
])(
  'of two init of one name at once in %s, one must end with 7 and name the other, which finishes',
  async (_, one, other) => {
    const runs = await Promise.all(
      [one, other].map(async (place) => ({ place, ...(await place.cli(...init)) })),
    );
    expect(runs.map(({ exitCode }) => exitCode).sort()).toEqual([0, 7]);
    const [winner, loser] = runs[0]?.exitCode === 0 ? runs : runs.toReversed();
    expect(loser?.stderr).toMatch(
      new RegExp(`\`matrix-deploy init\` in ${winner?.place.directory} \\(process \\d+, since 20`),
    );
    await winner?.place.exits(0, 'status');
    if (one !== other) expect(await host.exists(loser?.place.directory ?? '')).toBe(false);
    await winner?.place.exits(0, ...destroy);
    expect(await volumes()).toBe('');
  },
);

it('a server must be deleted under the lock: init in another directory is kept out until the end', async () => {
  await first.exits(0, ...init);
  const removing = service('postgres', 'destroy')(first);
  const run = await host.spawn(first.command(...destroy));
  run.stdout.resume();
  run.stderr.resume();
  const ended = once(run, 'exit');
  await removing;
  await host.signal(run, 'SIGSTOP');
  const { stderr } = await second.exits(7, ...init);
  expect(stderr).toContain('`matrix-deploy destroy` in /srv/first');
  // The way in to the command stops together with it, and lets it go on.
  process.kill(run.pid ?? 0, 'SIGCONT');
  expect(await ended).toEqual([0, null]);
  expect(await host.exists('/srv/first')).toBe(false);
  await second.exits(0, ...init);
  await second.exits(0, ...destroy);
});

// As where the directory of an attempt that was cut off is gone, and its containers are not.
it('init must not blame the port that its own earlier attempt holds', async () => {
  await first.exits(0, ...init);
  await host.run(['mv', first.directory, '/srv/gone']);
  await host.writeFile(second.path('matrix.yaml'), matrixYaml);
  await second.exits(0, ...init);
  await second.exits(0, 'status');
});
