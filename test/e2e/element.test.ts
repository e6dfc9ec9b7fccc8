import { beforeAll, describe, expect, it } from 'vitest';
import { testedImage } from '../../src/releases/releases.ts';
import { attachLab } from '../lab/attach.ts';
import { rentBrowser, visit } from './support/browser.ts';
import { Client } from './support/client.ts';
import { Deployment } from './support/deployment.ts';
import { writeConfiguration } from './support/public-server.ts';
import { stackImages } from './support/stack-images.ts';
import { ask, servedCertificate } from './support/web.ts';

const lab = await attachLab();
const chat = 'chat.alpha.test';
const images = [...stackImages, testedImage('element')];
const alpha = await lab.host('alpha', { images, names: ['alpha.test', 'matrix.alpha.test', chat] });
const stranger = await rentBrowser(lab, 'stranger');
const deployment = new Deployment(alpha, { serverName: 'alpha.test' });
const settingsIn = async (path: string) => JSON.parse((await ask(stranger, `https://${chat}${path}`)).body);

beforeAll(async () => {
  await writeConfiguration(deployment);
  await deployment.exits(0, 'apply');
  await deployment.edit({ element: { host: chat } });
  await deployment.exits(0, 'apply');
});

describe('Element Web', () => {
  it('must be served under its own name, with a certificate', async () => {
    expect(await servedCertificate(stranger, chat)).toMatchObject({ trusted: true });
    expect(await deployment.ask('status')).toMatchObject({ healthy: true });
    await deployment.exits(0, 'verify');
  });

  it.each(['/config.json', `/config.${chat}.json`])('must find the homeserver in %s', async (path) => {
    expect((await settingsIn(path)).default_server_config['m.homeserver']).toEqual({
      base_url: 'https://matrix.alpha.test',
      server_name: 'alpha.test',
    });
  });

  it.each(['/', '/index.html', '/version', '/config.json'])(
    'must be looked for again each time, and be in no frame of another site: %s',
    async (path) => {
      const { status, headers } = await ask(stranger, `https://${chat}${path}`);
      expect(status).toBe(200);
      expect(headers.get('cache-control')).toBe('no-cache');
      expect(headers.get('content-security-policy')).toBe("frame-ancestors 'self'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    },
  );

  it('must let a person log in with a browser, and show the rooms', async () => {
    const user = { user: 'bob', password: 'bob-0123456789' };
    const add = deployment.command('add-user', 'bob', '--password-file', '-');
    await alpha.run(add, { input: user.password });
    const client = new Client({ from: alpha, url: 'https://matrix.alpha.test' });
    await (await client.logIn(user.user, user.password)).createRoom({ name: 'Lobby' });
    const url = `https://${chat}/`;
    expect(await visit(stranger, { ...user, url, room: 'Lobby' })).toEqual(['Lobby']);
  });

  it('must come compressed soon after its start, for browsers that take that', async () => {
    const encodingFor = async (accepted: string) => {
      const page = await ask(stranger, `https://${chat}/`, '--header', `Accept-Encoding: ${accepted}`);
      return page.headers.get('content-encoding');
    };
    await expect.poll(() => encodingFor('gzip'), { timeout: 60_000, interval: 500 }).toBe('gzip');
    expect(await encodingFor('identity')).toBeNull();
  });

  it('must follow a change of the settings of the homeserver', async () => {
    await deployment.edit({ synapse: { registration: 'token' } });
    await deployment.exits(0, 'apply');
    expect((await settingsIn('/config.json')).setting_defaults['UIFeature.registration']).toBe(true);
  });

  it('must be gone once its section is', async () => {
    await deployment.edit({ element: undefined });
    await deployment.exits(0, 'apply');
    expect((await ask(stranger, `https://${chat}/`, '--insecure')).status).toBe(404);
    expect(Object.keys(await deployment.containerIds()).sort()).toEqual(['postgres', 'synapse', 'traefik']);
  });
});
