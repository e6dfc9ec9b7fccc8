import { cached } from '../../lab/cache.ts';
import { waitUntil } from '../../lab/command.ts';
import { makeDebianRoot } from '../../lab/engine/debian-root.ts';
import type { Lab } from '../../lab/lab.ts';
import type { Machine } from '../../lab/machine.ts';

const root = { suite: 'trixie', packages: ['ca-certificates', 'ii', 'iproute2', 'ngircd'] };

const configuration = `
[Global]
Name = irc.test
Info = An IRC server of the lab
MotdPhrase = Welcome
ServerUID = irc
ServerGID = irc

[Options]
DNS = no
Ident = no
PAM = no
`;

const files = '/srv/irc/127.0.0.1';

/** A machine with ngIRCd, Debian's IRC server, and with one of its users, who is in a channel: ii, a client made of files. */
export class IrcServer {
  readonly name = 'irc.test';
  readonly port = 6667;
  readonly channel = '#lab';
  readonly #machine: Machine;

  private constructor(machine: Machine) {
    this.#machine = machine;
  }

  static async rent(lab: Lab): Promise<IrcServer> {
    const tree = await cached('irc-server', root, (directory) => makeDebianRoot(root, directory));
    const machine = await lab.machine('irc', { tree, names: ['irc.test'] });
    const server = new IrcServer(machine);
    await machine.writeFile('/etc/ngircd/ngircd.conf', configuration);
    await machine.run(['install', '-d', '-o', 'irc', '-g', 'irc', '/run/ngircd', '/run/ircd']);
    await machine.run(['ngircd']);
    await machine.start(['ii', '-s', '127.0.0.1', '-n', 'peer', '-i', '/srv/irc']);
    await waitUntil('the IRC user is connected', async () => (await server.#read('out')).includes('Welcome'));
    await server.#write('in', `/j ${server.channel}`);
    await waitUntil('the IRC user is in the channel', () => machine.exists(`${files}/${server.channel}/in`));
    return server;
  }

  /** The user says something in the channel. */
  say(text: string): Promise<void> {
    return this.#write(`${this.channel}/in`, text);
  }

  /** What the user has seen of the channel. */
  heard(): Promise<string> {
    return this.#read(`${this.channel}/out`);
  }

  async #write(file: string, line: string): Promise<void> {
    await this.#machine.run(['sh', '-c', 'echo "$2" >"$1"', 'write', `${files}/${file}`, line]);
  }

  async #read(file: string): Promise<string> {
    const path = `${files}/${file}`;
    return (await this.#machine.exists(path)) ? this.#machine.readFile(path) : '';
  }
}
