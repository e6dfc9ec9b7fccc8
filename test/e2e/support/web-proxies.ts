import type { CertificateFiles } from '../../lab/certificates.ts';
import type { Host } from '../../lab/host.ts';

/** Where a host that has the web servers of Debian sees their file system, read-only. */
export const proxiesOnHost = '/run/lab/web';

/** The same where they can write: a root of their own, in the host's network and among its processes. */
const root = '/srv/web';

const mount = `
  mkdir -p /run/web/upper /run/web/work ${root}
  mount -t overlay -o lowerdir=${proxiesOnHost},upperdir=/run/web/upper,workdir=/run/web/work overlay ${root}
  mount --bind /proc ${root}/proc; mount --rbind /dev ${root}/dev; mount -t tmpfs tmpfs ${root}/run
  cp /etc/hosts /etc/resolv.conf ${root}/etc/; cp /etc/ssl/certs/ca-certificates.crt ${root}/etc/ssl/certs/
  mkdir -p ${root}/run/haproxy ${root}/run/apache2 ${root}/run/lock ${root}/etc/haproxy/certs
  rm -f ${root}/etc/nginx/sites-enabled/* ${root}/etc/apache2/sites-enabled/*
  chroot ${root} a2enmod -q ssl http2 headers proxy_http`;

interface Program {
  /** Where the printed settings go, and what of Debian's own file stands above them. */
  readonly file: string;
  readonly below?: string;
  readonly check: string;
  readonly start: string;
  readonly stop: string;
  /** With the printed settings, that it listens on another port than 443. */
  move(settings: string, port: number): string;
}

const caddy = 'XDG_DATA_HOME=/var/lib/caddy caddy';
const elsewhere = '{\n  auto_https disable_redirects\n  http_port 9080\n}\n';

const programs = {
  nginx: {
    file: '/etc/nginx/conf.d/matrix.conf',
    check: 'nginx -t',
    start: 'nginx',
    stop: 'nginx -s stop',
    move: (settings, port) => settings.replaceAll(/listen (\[::\]:)?443/g, `listen $1${port}`),
  },
  caddy: {
    file: '/etc/caddy/Caddyfile',
    check: `${caddy} validate --config /etc/caddy/Caddyfile`,
    start: `${caddy} start --config /etc/caddy/Caddyfile`,
    stop: 'caddy stop',
    move: (settings, port) => elsewhere + settings.replaceAll(/^([\w.-]+) \{/gm, `https://$1:${port} {`),
  },
  apache: {
    file: '/etc/apache2/sites-enabled/matrix.conf',
    check: 'apachectl configtest',
    start: 'apachectl start',
    stop: 'apachectl stop',
    move: (settings, port) => `Listen ${port}\n${settings.replaceAll('*:443', `*:${port}`)}`,
  },
  haproxy: {
    file: '/etc/haproxy/haproxy.cfg',
    below: '/etc/haproxy/haproxy.cfg.debian',
    check: 'haproxy -c -f /etc/haproxy/haproxy.cfg',
    start: 'haproxy -D -p /run/haproxy.pid -f /etc/haproxy/haproxy.cfg',
    stop: 'kill $(cat /run/haproxy.pid)',
    move: (settings, port) => settings.replaceAll(/bind (:(?:::)?)443/g, `bind $1${port}`),
  },
} as const satisfies Record<string, Program>;

export type ProxyName = keyof typeof programs;

export const proxyNames = Object.keys(programs) as ProxyName[];

/** nginx, Caddy, Apache and HAProxy as Debian has them, on a host of the lab. */
export class WebProxies {
  readonly #host: Host;

  private constructor(host: Host) {
    this.#host = host;
  }

  /** @param host one that sees `webTree` at `proxiesOnHost` */
  static async install(host: Host): Promise<WebProxies> {
    await host.run(['sh', '-euc', mount]);
    const proxies = new WebProxies(host);
    await proxies.#inside('cp /etc/haproxy/haproxy.cfg /etc/haproxy/haproxy.cfg.debian');
    return proxies;
  }

  /** Starts one that has these settings, which it must take as they are, and waits until it listens. */
  async start(name: ProxyName, settings: string, port = 443): Promise<void> {
    const { file, check, start, move, ...program }: Program = programs[name];
    const own = program.below === undefined ? '' : `${await this.#inside(`cat ${program.below}`)}\n\n`;
    const text = port === 443 ? settings : move(settings, port);
    await this.#host.writeFile(`${root}${file}`, own + text);
    // Apache's own list of ports is all that the settings rely on.
    if (name === 'apache' && port !== 443) await this.#host.writeFile(`${root}/etc/apache2/ports.conf`, '');
    await this.#inside(check);
    // It stays in the background, with the output that it is given.
    await this.#inside(`${start} >/var/log/${name}.start 2>&1`);
    const listening = `until ss -Hltn 'sport = :${port}' | grep -q .; do sleep 0.02; done`;
    await this.#host.run(['sh', '-c', listening], { timeoutSeconds: 20 });
  }

  /** Ends one, and waits until its ports are free. */
  async stop(name: ProxyName, port = 443): Promise<void> {
    await this.#inside(programs[name].stop);
    const free = `while ss -Hltn 'sport = :${port} or sport = :80' | grep -q .; do sleep 0.02; done`;
    await this.#host.run(['sh', '-c', free], { timeoutSeconds: 20 });
  }

  /** Puts a certificate where each expects it; where Caddy has what it got from Let's Encrypt, so that it orders none. */
  async giveCertificate(name: string, { certificate, key }: CertificateFiles): Promise<void> {
    const stored = `/var/lib/caddy/caddy/certificates/acme-v02.api.letsencrypt.org-directory/${name}/${name}`;
    const files = {
      [`/etc/letsencrypt/live/${name}/fullchain.pem`]: certificate,
      [`/etc/letsencrypt/live/${name}/privkey.pem`]: key,
      [`/etc/haproxy/certs/${name}.pem`]: `${certificate}\n${key}\n`,
      [`${stored}.crt`]: `${certificate}\n`,
      [`${stored}.key`]: `${key}\n`,
      [`${stored}.json`]: JSON.stringify({ sans: [name], issuer_data: null }),
    };
    for (const [path, text] of Object.entries(files)) await this.#host.writeFile(`${root}${path}`, text);
  }

  #inside(command: string): Promise<string> {
    return this.#host.run(['chroot', root, 'sh', '-c', command], { timeoutSeconds: 30 });
  }
}
