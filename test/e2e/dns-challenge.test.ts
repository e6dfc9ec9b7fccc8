import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { attachLab } from '../lab/attach.ts';
import { updateKey } from '../lab/dns.ts';
import { checkout } from '../lab/machine.ts';
import { Deployment } from './support/deployment.ts';
import { writeConfiguration } from './support/public-server.ts';
import { stackImages } from './support/stack-images.ts';
import { servedCertificate } from './support/web.ts';

const lab = await attachLab();
const zone = 'dyn.test';
const name = `matrix.${zone}`;
await lab.dns.openZone(zone);
const alpha = await lab.host('alpha', { images: stackImages });
const stranger = await lab.host('stranger');
const deployment = new Deployment(alpha, { serverName: zone });
const update = { by: 'update', server: 'ns.lab', key: updateKey.name, secret: { from_secret: 'dns_update' } };
const certificates = (dns: object) => ({ issuer: 'acme', roots: 'roots.pem', challenge: 'dns', dns });

const setSecret = async (secret: string, value: string) => {
  await alpha.writeFile('/root/secret', value, '0600');
  await deployment.exits(0, 'secrets', 'set', secret, '--file', '/root/secret');
};

/** The records by which names were proved that are still there. */
const leftRecords = async () => {
  const all = await lab.dns.run(['knotc', 'zone-read', zone]);
  return all.split('\n').filter((line) => line.includes('_acme-challenge'));
};
const orders = async () => ({ real: await lab.acme.orders(), staged: await lab.staging.orders() });

// Nobody who asks by these names comes to the host: neither the CA, nor clients.
beforeAll(async () => {
  for (const each of [zone, name]) await lab.dns.set(each, 'A', stranger.address);
  await writeConfiguration(deployment, { traefik: { certificates: certificates(update) } });
});

describe('a name server that does not take the update', () => {
  it('must be told before anything is ordered, and with what to do', async () => {
    await setSecret('dns_update', Buffer.from('another key').toString('base64'));
    const before = await orders();
    const { stderr } = await deployment.exits(4, 'apply');
    expect(stderr).toContain('(BADSIG)');
    expect(stderr).toContain('matrix-deploy secrets set dns_update');
    expect(await orders()).toEqual(before);
  });
});

describe('a server whose names lead elsewhere', () => {
  it('must get its certificates by updates of the zone', async () => {
    await setSecret('dns_update', updateKey.secret);
    const before = await orders();
    const { stderr } = await deployment.exits(0, 'apply');
    expect(stderr).toContain(`${name} leads to ${stranger.address}`);
    for (const each of [zone, name]) {
      expect(await servedCertificate(stranger, each, 443, alpha.address)).toMatchObject({ trusted: true });
    }
    expect(await orders()).toEqual({ ...before, real: before.real + 2 });
  });

  it('must leave no record behind', async () => {
    expect(await leftRecords()).toEqual([]);
  });

  it('must keep the key where others do not see it', async () => {
    const seen = [
      await deployment.readFile('matrix.yaml'),
      await deployment.readFile('docker-compose.yml'),
      JSON.stringify(await deployment.container('traefik')),
      await deployment.run(['docker', 'compose', 'logs']),
    ];
    expect(seen.join()).not.toContain(updateKey.secret);
  });
});

describe('a program that sets the record', () => {
  const token = 'a-token-of-the-provider';

  beforeAll(async () => {
    const here = fileURLToPath(new URL('support/dns-api.ts', import.meta.url));
    const program = join(checkout.onMachines, relative(checkout.here, here));
    await lab.dns.start(['node', '--import', 'tsx', program, '8053', zone, token], {
      cwd: checkout.onMachines,
    });
    const api = 'until curl --silent --output /dev/null http://127.0.0.1:8053/; do sleep 0.05; done';
    await lab.dns.run(['sh', '-c', api], { timeoutSeconds: 30 });
    await deployment.edit({
      traefik: {
        certificates: certificates({
          by: 'program',
          program: 'set-record',
          environment: { API: 'http://ns.lab:8053', TOKEN: { from_secret: 'dns_token' } },
        }),
      },
    });
    await deployment.exits(0, 'destroy', '--yes');
    await alpha.run(['rm', deployment.path('data/acme/acme.json')]);
    await setSecret('dns_token', token);
  });

  const writeProgram = (text: string) =>
    alpha.run(
      ['sh', '-c', 'mkdir -p "$1" && cat >"$1/set-record"', 'write', deployment.path('traefik/extra')],
      {
        input: `#!/bin/sh\n${text}\n`,
      },
    );

  it('must cost no order at the production CA while it fails', async () => {
    const before = await orders();
    await writeProgram('echo "no such zone" >&2; exit 3');
    const { stderr } = await deployment.exits(5, 'apply');
    expect(stderr).toContain('exit status 3');
    expect(stderr).toContain('traefik/extra');
    const after = await orders();
    expect(after.real).toBe(before.real);
    expect(after.staged).toBeGreaterThan(before.staged);
  });

  it('must get the certificates once it works', async () => {
    await writeProgram(
      'exec wget -q -O /dev/null --header "Authorization: Bearer $(cat "$TOKEN_FILE")" "$API/$1?name=$2&text=$3"',
    );
    await deployment.exits(0, 'apply');
    for (const each of [zone, name]) {
      expect(await servedCertificate(stranger, each, 443, alpha.address)).toMatchObject({ trusted: true });
    }
    expect(await leftRecords()).toEqual([]);
  });
});
