import { cached } from './cache.ts';
import type { CertificateFiles } from './certificates.ts';
import { makeDebianRoot } from './engine/debian-root.ts';
import type { Lab } from './lab.ts';
import type { Machine } from './machine.ts';

const root = {
  suite: 'trixie',
  packages: ['ca-certificates', 'exim4-daemon-light', 'iproute2', 'libstdc++6', 'procps'],
};

/** Ports: those of every mail server, and one without TLS. */
export const mailPorts = { relay: 25, implicit: 465, submission: 587, plain: 2525 } as const;

interface Options {
  /** Names that lead to it, with the certificate that it shows to whom asks for each. */
  readonly names: Readonly<Record<string, CertificateFiles>>;
  /** The domain whose mail it takes, and that mail must be from. */
  readonly domain: string;
  /** Who may send to all other domains, too. */
  readonly account: string;
  readonly password: string;
}

/** A mail, as it came. */
export interface Mail {
  readonly to: string;
  readonly subject: string;
  /** The text of all its parts. */
  readonly text: string;
}

/**
 * A machine with Exim, Debian's mail server. It keeps all that it takes, whomever it is for: what it sends on would leave
 * the lab.
 */
export class MailServer {
  readonly machine: Machine;

  private constructor(machine: Machine) {
    this.machine = machine;
  }

  static async rent(lab: Lab, options: Options): Promise<MailServer> {
    const names = Object.keys(options.names);
    const tree = await cached('mail-server', root, (directory) => makeDebianRoot(root, directory));
    const machine = await lab.machine('mail', { tree, names });
    for (const [name, { certificate, key }] of Object.entries(options.names)) {
      await machine.writeFile(`/srv/${name}.pem`, `${certificate}\n${key}`);
    }
    await machine.writeFile('/etc/exim4/exim4.conf', configuration(names, options));
    await machine.run([
      'sh',
      '-euc',
      'chmod 644 /srv/*.pem; install -d -o mail -g mail /srv/mail; rm -f /etc/aliases; exim4 -bd',
    ]);
    return new MailServer(machine);
  }

  /** All that it has taken so far, oldest first. */
  async mails(): Promise<Mail[]> {
    const show =
      'cd /srv/mail/new 2>/dev/null || exit 0; for mail in $(ls -tr); do base64 -w 0 "$mail"; echo; done';
    const lines = (await this.machine.run(['sh', '-c', show])).split('\n').filter((line) => line !== '');
    return lines.map((line) => parseMail(Buffer.from(line, 'base64').toString()));
  }
}

function configuration(names: readonly string[], { domain, account, password }: Options): string {
  const [first] = names;
  // What a client asks for is not to be trusted as a path: each name is written out.
  const certificate = names.reduceRight(
    (rest, name) => `\${if eq{$tls_in_sni}{${name}}{/srv/${name}.pem}{${rest}}}`,
    `/srv/${first}.pem`,
  );
  const isKnown = (user: string, secret: string) =>
    `\${if and{{eq{${user}}{${account}}}{eq{${secret}}{${password}}}}}`;
  return `
primary_hostname = ${first}
daemon_smtp_ports = ${Object.values(mailPorts).join(' : ')}
tls_on_connect_ports = ${mailPorts.implicit}
tls_advertise_hosts = \${if eq{$received_port}{${mailPorts.plain}}{}{*}}
tls_certificate = ${certificate}
auth_advertise_hosts = \${if eq{$tls_in_cipher}{}{}{*}}
host_lookup =
rfc1413_query_timeout = 0s
acl_smtp_rcpt = check_recipient

begin acl
check_recipient:
  deny message = sender address not allowed for this account
       !sender_domains = ${domain}
  accept authenticated = *
  accept domains = ${domain}
  deny message = relay not permitted

begin routers
all:
  driver = accept
  transport = box

begin transports
box:
  driver = appendfile
  directory = /srv/mail
  maildir_format
  envelope_to_add
  user = mail

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${isKnown('$auth2', '$auth3')}
  server_set_id = $auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = <| Username: | Password:
  server_condition = ${isKnown('$auth1', '$auth2')}
  server_set_id = $auth1
`;
}

function parseMail(message: string): Mail {
  const header = (name: string) =>
    new RegExp(`^${name}: (.*(?:\\r?\\n[ \\t].*)*)`, 'im').exec(message)?.[1]?.replaceAll(/\s+/g, ' ') ?? '';
  const encoded = /Content-Transfer-Encoding: base64\r?\n(?:[\w-]+:.*\r?\n)*\r?\n([A-Za-z0-9+/=\r\n]+)/gi;
  const decoded = [...message.matchAll(encoded)].map(([, text = '']) =>
    Buffer.from(text, 'base64').toString(),
  );
  return { to: header('Envelope-to'), subject: header('Subject'), text: [message, ...decoded].join('\n') };
}
