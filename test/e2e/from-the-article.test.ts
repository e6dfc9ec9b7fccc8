import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { testedImage } from '../../src/releases/releases.ts';
import { attachLab } from '../lab/attach.ts';
import { Authority } from '../lab/certificates.ts';
import { checkout } from '../lab/machine.ts';
import { MailServer } from '../lab/mail-server.ts';
import { Client } from './support/client.ts';
import { Deployment } from './support/deployment.ts';
import { trusted } from './support/public-server.ts';
import { stackImages } from './support/stack-images.ts';

const page = readFileSync(new URL('../../docs/from-the-article.md', import.meta.url), 'utf8');
const [, worked = ''] = page.split('## All of it, without a question');
const blocks = [...worked.matchAll(/^```(yaml|sh)\n(.*?)^```/gms)];
/** Each command of the page, with the lines of YAML that the page has before it. */
const steps = blocks.flatMap(([, kind, text = ''], index) => {
  const [, before, yaml = ''] = blocks[index - 1] ?? [];
  const lines = kind === 'sh' ? text.trim().split('\n') : [];
  return lines.map((command, line) => [command, line === 0 && before === 'yaml' ? yaml : ''] as const);
});

const lab = await attachLab();
const serverName = 'example.org';
const names = [serverName, `matrix.${serverName}`];
const host = await lab.host('alpha', { images: [...stackImages, testedImage('restic')], names });
// `dns` wants the address of IPv6, too.
for (const name of names) await lab.dns.set(name, 'AAAA', host.address6);
await host.run(['ln', '-s', `${checkout.onMachines}/bin/matrix-deploy.cjs`, '/usr/local/bin/matrix-deploy']);
const deployment = new Deployment(host, { serverName, directory: '/opt/matrix' });
const authority = await Authority.create('Root of the mail server');
const mail = await MailServer.rent(lab, {
  names: { 'mail.example.org': await authority.issue(['mail.example.org']) },
  domain: serverName,
  account: 'matrix',
  password: 'canary-mail-password',
});
await host.writeFile('/root/mail-password', 'canary-mail-password', '600');
await host.run(['sh', '-c', `cat ${trusted} - >/root/roots.pem`], {
  input: `\n${authority.certificate.toString('pem')}`,
});

/** Puts lines of the page where it says: into the answers file, as long as there is no matrix.yaml. */
async function put(yaml: string): Promise<void> {
  const values = parse(yaml);
  if ('server_name' in values) {
    // The authorities of the lab are not those of the world.
    await host.writeFile('/root/answers.yaml', stringify({ ...values, acme_roots: 'roots.pem' }));
  } else {
    await deployment.edit(values);
  }
}

let said = '';

describe('what the article did by hand', () => {
  it.each(steps)('%s', async (command, yaml) => {
    if (yaml !== '') await put(yaml);
    const { exitCode, stdout, stderr } = await host.exec(['sh', '-c', command], {
      cwd: '/root',
      timeoutSeconds: 240,
    });
    expect({ exitCode, said: exitCode === 0 ? '' : stdout + stderr }).toEqual({ exitCode: 0, said: '' });
    said += stdout;
  });

  it('must be there afterwards: mail, the user, the room in the directory, and a backup', async () => {
    expect((await mail.mails()).map(({ to }) => to)).toContain('you@example.org');
    const [, password = ''] = /password +(\S+) \(shown only once\)/.exec(said) ?? [];
    const anybody = new Client({ from: host, url: `https://matrix.${serverName}` });
    const alice = await anybody.logIn('alice', password);
    const { body } = await alice.call('GET', '/_matrix/client/v3/publicRooms');
    expect(body.chunk).toMatchObject([{ canonical_alias: '#meet:example.org' }]);
    expect(await deployment.readFile('synapse/homeserver.yaml')).toContain(
      'allow_public_rooms_over_federation: true',
    );
    expect(await deployment.ask('backup', 'list')).toMatchObject({ sets: [{ state: 'verified' }] });
  });
});
