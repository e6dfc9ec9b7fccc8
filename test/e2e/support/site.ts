import type { SnippetKind } from '../../../src/render/delegation-snippet.ts';
import type { Authority } from '../../lab/certificates.ts';
import { run } from '../../lab/command.ts';
import type { Lab } from '../../lab/lab.ts';
import type { Machine } from '../../lab/machine.ts';
import { webTree } from '../../lab/web-tree.ts';

const tls = { certificate: '/etc/site/certificate.pem', key: '/etc/site/key.pem' };
const pages = '/srv/site';

/** By web server: what is written around a snippet, and how the server is started so that it stays in the foreground. */
const servers: Record<
  SnippetKind,
  { files(snippet: string, name: string): Record<string, string>; command: string[] }
> = {
  nginx: {
    files: (snippet, name) => ({
      '/etc/site/nginx.conf': `
        daemon off; events {}
        http { server {
          listen 443 ssl; server_name ${name}; root ${pages};
          ssl_certificate ${tls.certificate}; ssl_certificate_key ${tls.key};
          ${snippet}
        } }`,
    }),
    command: ['nginx', '-c', '/etc/site/nginx.conf'],
  },
  apache: {
    files: (snippet, name) => ({
      '/etc/site/apache.conf': `
        ServerName ${name}
        ServerRoot /usr/lib/apache2
        User www-data
        Group www-data
        PidFile /run/site-apache.pid
        ErrorLog /var/log/site-apache.log
        ${['mpm_event', 'authz_core', 'alias', 'dir', 'headers', 'ssl'].map((module) => `LoadModule ${module}_module modules/mod_${module}.so`).join('\n')}
        Listen 443
        <VirtualHost *:443>
          ServerName ${name}
          DocumentRoot ${pages}
          SSLEngine on
          SSLCertificateFile ${tls.certificate}
          SSLCertificateKeyFile ${tls.key}
          ${snippet}
        </VirtualHost>`,
    }),
    command: ['apache2', '-DFOREGROUND', '-f', '/etc/site/apache.conf'],
  },
  caddy: {
    files: (snippet, name) => ({ '/etc/site/Caddyfile': caddyfile(name, snippet) }),
    command: ['caddy', 'run', '--config', '/etc/site/Caddyfile', '--adapter', 'caddyfile'],
  },
  traefik: {
    files: (snippet) => ({
      '/etc/site/traefik.yml': `
entryPoints: { websecure: { address: ":443" } }
providers: { file: { directory: /etc/site/dynamic } }`,
      '/etc/site/dynamic/delegation.yml': snippet,
      '/etc/site/dynamic/tls.yml': `tls: { certificates: [{ certFile: ${tls.certificate}, keyFile: ${tls.key} }] }`,
    }),
    command: ['/usr/local/bin/traefik', '--configFile=/etc/site/traefik.yml'],
  },
  static: {
    files: (snippet, name) => ({
      [`${pages}/delegate.sh`]: snippet,
      '/etc/site/Caddyfile': caddyfile(name, 'header Access-Control-Allow-Origin *'),
    }),
    command: [
      'sh',
      '-c',
      `cd ${pages} && sh delegate.sh && exec caddy run --config /etc/site/Caddyfile --adapter caddyfile`,
    ],
  },
};

function caddyfile(name: string, lines: string): string {
  return `
{
  auto_https off
  admin off
}
https://${name} {
  tls ${tls.certificate} ${tls.key}
  root * ${pages}
  ${lines}
  file_server
}`;
}

/** Somebody's web site, on a machine of its own. */
export class Site {
  readonly machine: Machine;
  readonly #name: string;

  constructor(machine: Machine, name: string) {
    this.machine = machine;
    this.#name = name;
  }

  /** Opens one on which nothing listens yet. */
  static async open(lab: Lab, machineName: string, name: string, authority: Authority): Promise<Site> {
    const [machine, { certificate, key }] = await Promise.all([
      lab.machine(machineName, { tree: await webTree(), names: [name] }),
      authority.issue([name]),
    ]);
    await machine.writeFile(tls.certificate, certificate);
    await machine.writeFile(tls.key, key, '0600');
    await machine.writeFile(`${pages}/index.html`, 'a web site');
    return new Site(machine, name);
  }

  /** Gives it the Traefik that is in a file of another machine. */
  async takeTraefik(from: Machine, path: string): Promise<void> {
    const [source, target] = await Promise.all([from.pid(), this.machine.pid()]);
    await run('cp', [`/proc/${source}/root${path}`, `/proc/${target}/root/usr/local/bin/traefik`]);
  }

  /** Starts a web server with a snippet in its configuration. */
  async serve(kind: SnippetKind, snippet: string): Promise<void> {
    const { files, command } = servers[kind];
    for (const [path, text] of Object.entries(files(snippet, this.#name))) {
      await this.machine.writeFile(path, text);
    }
    await this.machine.start(['sh', '-c', 'echo $$ >/run/site.pid; exec "$@"', 'site', ...command]);
    await this.#wait("ss --listening --tcp --numeric | grep --quiet ':443 '");
  }

  /** Ends the web server. */
  async stop(): Promise<void> {
    await this.machine.run(['sh', '-c', 'kill "$(cat /run/site.pid)"']);
    await this.#wait("! ss --listening --tcp --numeric | grep --quiet ':443 '");
  }

  async #wait(condition: string): Promise<void> {
    const script = `until ${condition}; do sleep 0.02; done`;
    await this.machine.run(['sh', '-c', script], { timeoutSeconds: 20 });
  }
}
