import { afterEach, describe, expect, it } from 'vitest';
import { testedImage } from '../../../src/releases/releases.ts';
import { acmeDirectory } from '../../lab/acme.ts';
import { attachLab } from '../../lab/attach.ts';
import { waitUntil } from '../../lab/command.ts';

const image = testedImage('traefik');
const lab = await attachLab();
const alpha = await lab.host('alpha', { images: [image], names: ['alpha.example', 'also.alpha.example'] });
const beta = await lab.host('beta');

/** Clients of a CA look again after some seconds. */
const patience = { seconds: 60, everyMilliseconds: 200 };

/** Starts Traefik, which asks for a certificate of a name by one kind of challenge. */
async function startTraefik(
  name: string,
  challenge: 'tlsChallenge: {}' | 'httpChallenge: {entryPoint: web}',
): Promise<void> {
  const settings = `
entryPoints: {web: {address: ":80"}, websecure: {address: ":443"}}
providers: {file: {filename: /etc/traefik/routes.yml}}
certificatesResolvers:
  lab: {acme: {caServer: "${acmeDirectory}", storage: /acme.json, caCertificates: [/etc/traefik/trust.pem], ${challenge}}}`;
  const routes = `
http:
  routers: {all: {rule: "Host(\`${name}\`)", entryPoints: [websecure], service: noop@internal, tls: {certResolver: lab}}}`;
  await alpha.writeFile('/etc/traefik/traefik.yml', settings);
  await alpha.writeFile('/etc/traefik/routes.yml', routes);
  await alpha.run(['cp', '/usr/local/share/ca-certificates/lab.crt', '/etc/traefik/trust.pem']);
  const options = ['--name', 'traefik', '--network', 'host', '--volume', '/etc/traefik:/etc/traefik:ro'];
  await alpha.run(['docker', 'run', '--detach', ...options, image]);
}

/** Whether a stranger on the network is shown a certificate of this name that it trusts. */
async function isTrusted(name: string): Promise<boolean> {
  return (await beta.exec(['curl', '--silent', '--max-time', '5', `https://${name}/`])).exitCode === 0;
}

const traefikSays = async (): Promise<string> => {
  const { stdout, stderr } = await alpha.exec(['docker', 'logs', 'traefik']);
  return stdout + stderr;
};

describe('the CA', () => {
  afterEach(async () => {
    await lab.acme.heal();
    await alpha.run(['docker', 'rm', '--force', 'traefik']);
  });

  it.each([
    ['alpha.example', 'tlsChallenge: {}'],
    ['also.alpha.example', 'httpChallenge: {entryPoint: web}'],
  ] as const)('must issue a certificate for %s by %s', async (name, challenge) => {
    await startTraefik(name, challenge);
    await waitUntil(`a certificate of ${name}`, () => isTrusted(name), patience);
  });

  it('must refuse a name that leads elsewhere', async () => {
    await lab.dns.set('elsewhere.example', 'A', lab.dns.address);
    await startTraefik('elsewhere.example', 'tlsChallenge: {}');
    await waitUntil(
      'a refusal',
      async () => (await traefikSays()).includes('urn:ietf:params:acme:error'),
      patience,
    );
    expect(await isTrusted('elsewhere.example')).toBe(false);
  });

  it('must refuse everything above its rate limit', async () => {
    await lab.acme.limitRate();
    await startTraefik('alpha.example', 'tlsChallenge: {}');
    await waitUntil('a refusal', async () => (await traefikSays()).includes('rateLimited'), patience);
  });
});
