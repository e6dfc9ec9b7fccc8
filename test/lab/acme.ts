import type { Authority } from './certificates.ts';
import { FrontDoor } from './front-door.ts';
import { Machine } from './machine.ts';
import { addresses, ipv4 } from './network.ts';

/** The hostnames of the CA that clients use by default, and of its staging CA. */
export const acmeNames = {
  acme: 'acme-v02.api.letsencrypt.org',
  staging: 'acme-staging-v02.api.letsencrypt.org',
} as const;

/** Where clients find the lab's ACME CA: at Let's Encrypt's own address. */
export const acmeDirectory = `https://${acmeNames.acme}/directory`;

const configuration = {
  pebble: {
    listenAddress: '127.0.0.1:14000',
    managementListenAddress: '127.0.0.1:15000',
    certificate: '/etc/pebble/certificate.pem',
    privateKey: '/etc/pebble/key.pem',
    // It validates where the world would: on the real ports, by the lab's DNS.
    httpPort: 80,
    tlsPort: 443,
    certificateValidityPeriod: 90 * 24 * 3600,
    retryAfter: { authz: 1, order: 1 },
  },
};

const environment = {
  // Pebble waits, refuses nonces and reuses authorizations at random to make clients robust; a test wants one and the same course.
  PEBBLE_VA_NOSLEEP: '1',
  PEBBLE_WFE_NONCEREJECT: '0',
  PEBBLE_AUTHZREUSE: '0',
};

/** An ACME CA of the lab (Pebble). */
export class Acme extends Machine {
  readonly #front = new FrontDoor(this);

  /**
   * Starts the CA on its machine, which is on.
   * @param name the one that clients know it by
   * @returns the root certificate of all that it will issue, in PEM. Pebble makes a new one at each start.
   */
  async open(name: string, authority: Authority): Promise<string> {
    const { certificate, key } = await authority.issue([name]);
    await this.writeFile('/etc/pebble/certificate.pem', certificate);
    await this.writeFile('/etc/pebble/key.pem', key, '0600');
    await this.writeFile('/etc/pebble/config.json', JSON.stringify(configuration));
    const nameServer = `${ipv4(addresses.dns)}:53`;
    await this.start(['pebble', '-config', '/etc/pebble/config.json', '-dnsserver', nameServer], {
      env: environment,
    });
    const root = 'until curl --silent --fail --insecure https://127.0.0.1:15000/roots/0; do sleep 0.02; done';
    const rootCertificate = await this.run(['sh', '-c', root], { timeoutSeconds: 20 });
    // Pebble's own path for the directory is another than Let's Encrypt's.
    await this.#front.open({
      certificate,
      key,
      upstream: 'https://127.0.0.1:14000',
      rewrite: { '/directory': '/dir' },
    });
    return rootCertificate;
  }

  /**
   * Starts a second CA beside the first one, whose certificates are valid for so many seconds.
   *
   * @param name the one that clients know the first one by
   * @returns its directory, and the root certificate of all that it will issue, in PEM
   */
  async openShortLived(name: string, seconds: number): Promise<{ directory: string; root: string }> {
    const short = {
      ...configuration.pebble,
      listenAddress: '0.0.0.0:14001',
      managementListenAddress: '127.0.0.1:15001',
      certificateValidityPeriod: seconds,
    };
    // Under another name, since its log has it.
    await this.run(['cp', '/usr/bin/pebble', '/usr/local/bin/pebble-short']);
    await this.writeFile('/etc/pebble/short.json', JSON.stringify({ pebble: short }));
    const nameServer = `${ipv4(addresses.dns)}:53`;
    await this.start(['pebble-short', '-config', '/etc/pebble/short.json', '-dnsserver', nameServer], {
      env: environment,
    });
    const root = 'until curl --silent --fail --insecure https://127.0.0.1:15001/roots/0; do sleep 0.02; done';
    return {
      directory: `https://${name}:14001/dir`,
      root: await this.run(['sh', '-c', root], { timeoutSeconds: 20 }),
    };
  }

  /** Ends the second CA. */
  async closeShortLived(): Promise<void> {
    const script =
      'for p in /proc/[0-9]*; do if [ "$(cat "$p/comm")" = pebble-short ]; then kill "$(basename "$p")"; fi; done';
    await this.run(['sh', '-c', script]);
  }

  /** How many certificates were ordered until now, whether they were issued or not. */
  async orders(): Promise<number> {
    return (await this.readFile('/var/log/pebble.log')).split('Added order ').length - 1;
  }

  /** Refuses all that clients ask for, as Let's Encrypt does above its rate limits. */
  async limitRate(): Promise<void> {
    const problem = {
      type: 'urn:ietf:params:acme:error:rateLimited',
      detail: 'too many certificates already issued',
      status: 429,
    };
    const headers = { 'content-type': 'application/problem+json', 'retry-after': '3600' };
    await this.#front.setFaults([
      { path: '^/', answer: { status: 429, headers, body: JSON.stringify(problem) } },
    ]);
  }

  /** Has another time than the rest of the lab, by which it dates its directory. */
  async liveAt(time: Date): Promise<void> {
    const headers = { 'content-type': 'application/json', date: time.toUTCString() };
    await this.#front.setFaults([
      { path: '^/directory', answer: { status: 200, headers, body: '{"newOrder":"https://127.0.0.1/"}' } },
    ]);
  }

  /** Makes the CA work again. */
  async heal(): Promise<void> {
    await this.#front.setFaults([]);
  }
}
