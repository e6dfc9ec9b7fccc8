import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { attachLab } from '../lab/attach.ts';
import { waitUntil } from '../lab/command.ts';
import { logInAsAdmin } from './support/client.ts';
import { Deployment } from './support/deployment.ts';
import { ending } from './support/silence.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const host = await lab.host('alpha', { images: stackImages });
const deployment = new Deployment(host);

/** How many tables Synapse has created and committed; 0 while there is no database. */
async function tables(): Promise<number> {
  const container = (
    await host.run(['docker', 'ps', '--quiet', '--filter', 'label=com.docker.compose.service=postgres'])
  ).trim();
  if (container === '') return 0;
  const query = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'";
  const psql = ['psql', '-qAtX', '-U', 'postgres', '-d', 'synapse', '-c', query];
  const { exitCode, stdout } = await host.exec(['docker', 'exec', container, ...psql]);
  return exitCode === 0 ? Number(stdout) : 0;
}

/** Ends the programs of the services as a crash does: the engine starts them again. */
async function kill(...services: string[]): Promise<void> {
  for (const service of services) {
    const { State } = await deployment.container(service);
    if (State.Pid > 0) await host.exec(['kill', '-9', String(State.Pid)]);
  }
}

/** Begins an installation, and kills it and what it has started as soon as Synapse has created so many tables. */
async function cutOff(count: number): Promise<void> {
  const run = await host.spawn(deployment.command('init', '--local', '--yes', '--server-name', 'localhost'));
  run.stdout.resume();
  run.stderr.resume();
  const ended = once(run, 'exit');
  await waitUntil(`${count} tables`, async () => (await tables()) >= count, {
    seconds: 120,
    everyMilliseconds: 10,
  });
  await host.signal(run, 'SIGKILL');
  await kill('synapse', 'postgres');
  await ended;
}

/** Runs a statement as Postgres' superuser, as soon as it answers. */
async function asSuperuser(statement: string): Promise<void> {
  const psql = ['psql', '-qAtX', '-U', 'postgres', '-c', statement];
  await waitUntil(
    'Postgres answers',
    async () => {
      const argv = ['docker', 'compose', 'exec', '-T', 'postgres', ...psql];
      return (await host.exec(argv, { cwd: deployment.directory })).exitCode === 0;
    },
    { seconds: 60 },
  );
}

afterEach(async () => {
  await deployment.exits(0, 'destroy', '--delete-data', '--confirm', 'localhost');
});

describe('a first start of Synapse that is cut off while it creates its tables', () => {
  it.each([
    [1, 'apply'],
    [20, 'init'],
    [140, 'apply'],
  ] as const)('after %i tables, must be begun again by %s', async (count, command) => {
    await cutOff(count);
    if (count === 20) await deployment.run(['docker', 'compose', 'stop']);

    await deployment.exits(0, ...(command === 'init' ? ['init', '--local', '--yes'] : ['apply']));
    if (command === 'apply') await deployment.init();
    await deployment.exits(0, 'plan', '--exit-code');
    await deployment.exits(0, 'status');
    expect(await (await logInAsAdmin(deployment)).isLoggedIn()).toBe(true);
  });

  it('must be begun again where the removal of its database was cut off too', async () => {
    await cutOff(20);
    // What `DROP DATABASE` leaves when it cannot go on: nobody can connect to the database any more.
    await asSuperuser("UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'synapse'");
    await deployment.init();
    await deployment.exits(0, 'plan', '--exit-code');
    expect(await (await logInAsAdmin(deployment)).isLoggedIn()).toBe(true);
  });
});

describe('a first start of Synapse that crashes while it creates its tables', () => {
  // At once after its first table, on the host itself: each question from here takes as long as some tables.
  const killAtFirstTable = `
    only() { docker ps --quiet --filter label=com.docker.compose.service="$1"; }
    until [ "$(docker exec "$(only postgres)" psql -qAtX -U postgres -d synapse -c "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'" 2>/dev/null || echo 0)" -ge 1 ]; do :; done
    kill -9 "$(docker inspect --format '{{.State.Pid}}' "$(only synapse)")"`;

  it('must be finished by the same init', async () => {
    const run = await host.spawn(
      deployment.command('init', '--local', '--yes', '--server-name', 'localhost'),
    );
    const end = ending(run);
    await host.run(['sh', '-c', killAtFirstTable], { timeoutSeconds: 120 });
    const { exitCode, said } = await end;
    expect(exitCode, said).toBe(0);
    expect(await (await logInAsAdmin(deployment)).isLoggedIn()).toBe(true);
  });
});

describe('a database that somebody uses', () => {
  it('must never be created again, also when nothing says that anything has served', async () => {
    await deployment.init();
    const session = await logInAsAdmin(deployment);
    // As it is in a first run whose last step fails.
    await deployment.run([
      'sh',
      '-ec',
      'rm state/identity.json data/identity.json state/converged.json; touch state/first-run',
    ]);
    await kill('synapse', 'postgres');
    await deployment.exits(0, 'apply');
    expect(await session.isLoggedIn()).toBe(true);
  });
});
