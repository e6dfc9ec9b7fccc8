import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dockerCompose } from '../../../src/docker/compose.ts';
import { temporaryDirectory } from '../../fakes/directory.ts';

/** A docker command that writes down what it is told, and by what environment. */
const program = `#!/bin/sh
echo "$@" >"$HOME/arguments"
env >"$HOME/environment"
cat "$DOCKER_CONFIG/config.json" >"$HOME/settings" 2>/dev/null || echo {} >"$HOME/settings"
`;

/** What Compose is told where the operator's environment has these variables. */
async function told(environment: Record<string, string>, settings: (home: string) => object = () => ({})) {
  const home = await temporaryDirectory();
  await writeFile(join(home, 'docker'), program, { mode: 0o755 });
  await mkdir(join(home, '.docker'));
  await writeFile(join(home, '.docker/config.json'), JSON.stringify(settings(home)));
  const compose = dockerCompose({
    directory: '/opt/matrix',
    project: 'matrix-example_org',
    engine: async () => ({
      socketPath: '/run/user/1000/docker.sock',
      namedBy: 'the docker context rootless',
    }),
    environment: { PATH: `${home}:${process.env.PATH}`, HOME: home, ...environment },
  });
  await compose.up(['synapse']);
  const read = (name: string) => readFile(join(home, name), 'utf8');
  const variables = (await read('environment'))
    .trim()
    .split('\n')
    .map((line) => line.split('='));
  return {
    home,
    arguments: (await read('arguments')).trim(),
    environment: Object.fromEntries(variables) as Record<string, string>,
    settings: JSON.parse(await read('settings')),
  };
}

/** What steers Compose and the docker command (docs.docker.com, "Pre-defined environment variables"). */
const steering = {
  COMPOSE_PROJECT_NAME: 'other',
  COMPOSE_FILE: 'other.yml',
  COMPOSE_PROFILES: 'other',
  COMPOSE_ENV_FILES: 'other.env',
  COMPOSE_REMOVE_ORPHANS: '1',
  COMPOSE_PARALLEL_LIMIT: '1',
  COMPOSE_BAKE: '1',
  COMPOSE_EXPERIMENTAL: '1',
  DOCKER_HOST: 'tcp://192.0.2.1:2375',
  DOCKER_CONTEXT: 'other',
  DOCKER_DEFAULT_PLATFORM: 'linux/s390x',
  DOCKER_API_VERSION: '1.24',
  DOCKER_TLS_VERIFY: '1',
  DOCKER_CERT_PATH: '/nonexistent',
  BUILDKIT_HOST: 'tcp://192.0.2.1:1234',
  HTTP_PROXY: 'http://192.0.2.1:3128',
  LD_PRELOAD: '',
  ANY_OTHER: 'x',
};

describe('Compose', () => {
  test('must obey nothing of the environment', async () => {
    const { environment } = await told(steering);
    const { PATH, HOME, TMPDIR, PWD, OLDPWD, SHLVL, _, ...rest } = environment;
    expect(rest).toEqual({
      DOCKER_HOST: 'unix:///run/user/1000/docker.sock',
      DOCKER_CONFIG: '/proc/no-settings-of-docker',
      COMPOSE_PROGRESS: 'plain',
      COMPOSE_ANSI: 'never',
    });
  });

  test('must be told the project, the file and that no .env counts', async () => {
    expect((await told({})).arguments).toBe(
      'compose --project-directory /opt/matrix --project-name matrix-example_org ' +
        '--file /opt/matrix/docker-compose.yml --env-file /dev/null ' +
        'up --detach --no-deps --no-build --pull=never synapse',
    );
  });

  /** With a directory of plugins that is there, and one that is not. */
  const withPlugins = (home: string) => ({
    proxies: { default: { httpProxy: 'http://192.0.2.1:3128' } },
    cliPluginsExtraDirs: [home, '/nonexistent/plugins'],
  });

  test("must find the operator's plugins, and none of the proxies that the operator's settings would put into containers", async () => {
    const { settings, home } = await told({}, withPlugins);
    expect(settings).toEqual({ cliPluginsExtraDirs: [home] });
  });

  test('must leave nothing behind', async () => {
    const { environment } = await told({}, withPlugins);
    expect(environment.DOCKER_CONFIG).toContain('matrix-deploy-');
    await expect(access(String(environment.DOCKER_CONFIG))).rejects.toThrow('ENOENT');
  });
});
