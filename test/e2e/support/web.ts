import type { Machine } from '../../lab/machine.ts';

/** What a web server answers. */
export interface WebAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** Asks a web server from a machine of the lab, with the path exactly as it is given, and follows nothing. */
export async function ask(from: Machine, url: string, ...options: string[]): Promise<WebAnswer> {
  const common = ['curl', '--silent', '--show-error', '--max-time', '30', '--path-as-is', '--include'];
  const answer = await from.run([...common, ...options, url]);
  const [head = '', ...body] = answer.split('\r\n\r\n');
  const [status = '', ...headers] = head.split('\r\n');
  return {
    status: Number(status.split(' ')[1]),
    headers: new Headers(headers.map((line): [string, string] => nameAndValue(line))),
    body: body.join('\r\n\r\n'),
  };
}

function nameAndValue(line: string): [string, string] {
  const [name = '', ...value] = line.split(':');
  return [name, value.join(':').trim()];
}

/** What a stranger is shown who asks for a name by TLS. */
export interface ServedCertificate {
  /** Does it hold for the name, by a CA that the client trusts? */
  readonly trusted: boolean;
  readonly issuer: string;
  /** Tells it from any other that the CA has issued. */
  readonly serialNumber: string;
}

const showCertificate = `
  const [servername, port, host] = process.argv.slice(1);
  const socket = require('node:tls').connect({ host, port, servername, rejectUnauthorized: false }, () => {
    const { issuer, serialNumber } = socket.getPeerCertificate();
    console.log(JSON.stringify({ trusted: socket.authorized, issuer: issuer.CN, serialNumber }));
    socket.end();
  });`;

/** The certificate that a machine of the lab is shown for a name, where that leads or at another address. */
export async function servedCertificate(
  from: Machine,
  name: string,
  port = 443,
  address = name,
): Promise<ServedCertificate> {
  return JSON.parse(await from.run(['node', '--eval', showCertificate, name, String(port), address]));
}

// One after the other: a refusal takes microseconds, and where nothing comes back the time limit of the socket counts.
const connectToAll = `
  for my $port (1..65535) {
    socket(my $socket, PF_INET, SOCK_STREAM, 0);
    setsockopt($socket, SOL_SOCKET, SO_SNDTIMEO, pack('l!l!', 1, 0));
    print "$port\\n" if connect($socket, sockaddr_in($port, inet_aton($ARGV[0])));
  }`;

/** All TCP ports of an address on which somebody answers a machine of the lab. */
export async function openPorts(from: Machine, address: string): Promise<number[]> {
  const open = await from.run(['perl', '-MSocket', '-e', connectToAll, address]);
  return open.split('\n').filter(Boolean).map(Number);
}
