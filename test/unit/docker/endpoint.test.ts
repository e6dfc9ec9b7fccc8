import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { findEngine } from '../../../src/docker/endpoint.ts';
import { PreflightError } from '../../../src/errors.ts';
import { temporaryDirectory } from '../../fakes/directory.ts';

/** A home directory as `docker context create` and `docker context use` leave it. */
async function home(contexts: Record<string, string>, current?: string): Promise<string> {
  const directory = await temporaryDirectory();
  const settings = join(directory, '.docker');
  await mkdir(settings);
  await writeFile(join(settings, 'config.json'), JSON.stringify({ currentContext: current }));
  for (const [name, host] of Object.entries(contexts)) {
    const place = join(settings, 'contexts/meta', createHash('sha256').update(name).digest('hex'));
    await mkdir(place, { recursive: true });
    const endpoints = { docker: { Host: host, SkipTLSVerify: false } };
    await writeFile(join(place, 'meta.json'), JSON.stringify({ Name: name, Endpoints: endpoints }));
  }
  return directory;
}

const contexts = { rootless: 'unix:///run/user/1000/docker.sock', elsewhere: 'ssh://root@elsewhere.test' };
const usual = '/var/run/docker.sock';

describe('the engine must be the one that the docker command would use', () => {
  test.each<[string, string | undefined, Record<string, string>, string]>([
    ['nothing is said', undefined, {}, usual],
    ['the default context is chosen', 'default', {}, usual],
    ['a context is chosen', 'rootless', {}, '/run/user/1000/docker.sock'],
    ['DOCKER_CONTEXT names one', undefined, { DOCKER_CONTEXT: 'rootless' }, '/run/user/1000/docker.sock'],
    ['DOCKER_CONTEXT names the default one', 'rootless', { DOCKER_CONTEXT: 'default' }, usual],
    [
      'DOCKER_HOST names one, whatever the context is',
      'elsewhere',
      { DOCKER_HOST: 'unix:///run/x' },
      '/run/x',
    ],
    ['DOCKER_HOST is empty', 'rootless', { DOCKER_HOST: '' }, '/run/user/1000/docker.sock'],
    ['DOCKER_HOST names no path', undefined, { DOCKER_HOST: 'unix://' }, usual],
  ])('where %s', async (_case, current, environment, socketPath) => {
    const HOME = await home(contexts, current);
    expect(await findEngine({ HOME, ...environment })).toMatchObject({ socketPath });
  });

  test('where the settings are elsewhere', async () => {
    const DOCKER_CONFIG = join(await home(contexts, 'rootless'), '.docker');
    expect(await findEngine({ HOME: '/nonexistent', DOCKER_CONFIG })).toEqual({
      socketPath: '/run/user/1000/docker.sock',
      namedBy: 'the docker context rootless',
    });
  });

  test('where there are no settings', async () => {
    expect(await findEngine({ HOME: '/nonexistent' })).toEqual({ socketPath: usual, namedBy: undefined });
  });
});

describe('an engine must be refused', () => {
  test.each<[string, string | undefined, Record<string, string>, string]>([
    ['of another machine, by DOCKER_HOST', undefined, { DOCKER_HOST: 'ssh://root@x' }, 'docker.remote'],
    ['by TCP', undefined, { DOCKER_HOST: 'tcp://127.0.0.1:2375' }, 'docker.remote'],
    ['of another machine, by the chosen context', 'elsewhere', {}, 'docker.remote'],
    ['of a context that is not there', undefined, { DOCKER_CONTEXT: 'lost' }, 'docker.context'],
  ])('%s', async (_case, current, environment, code) => {
    const HOME = await home(contexts, current);
    const found = findEngine({ HOME, ...environment });
    await expect(found).rejects.toBeInstanceOf(PreflightError);
    await expect(found).rejects.toMatchObject({ code });
  });

  test('where the settings that would name it are damaged', async () => {
    const HOME = await home(contexts, 'rootless');
    await writeFile(join(HOME, '.docker/config.json'), '{"currentContext":');
    await expect(findEngine({ HOME })).rejects.toMatchObject({ code: 'docker.settings' });
  });
});
