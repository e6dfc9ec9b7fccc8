import { readdir, readlink } from 'node:fs/promises';
import { readForeign } from './files.ts';

/** A socket that waits for connections, or for datagrams. */
export interface Listener {
  readonly address: string;
  readonly port: number;
  /** Absent for TCP. */
  readonly protocol?: 'udp' | undefined;
  /** The process that holds the socket; `undefined` if the caller may not see it. */
  readonly holder: Holder | undefined;
}

interface Holder {
  readonly program: string;
  readonly processId: number;
}

/** A line of the kernel's table. */
interface ListeningSocket {
  readonly address: string;
  readonly port: number;
  readonly inode: string;
}

/**
 * The kernel's tables, each with the state of a socket that others can send to (tcp_states.h): TCP_LISTEN for TCP,
 * TCP_CLOSE for UDP, which has no listening state.
 */
const tables = [
  { path: '/proc/net/tcp', state: '0A' },
  { path: '/proc/net/tcp6', state: '0A' },
  { path: '/proc/net/udp', state: '07', protocol: 'udp' },
  { path: '/proc/net/udp6', state: '07', protocol: 'udp' },
] as const;

/**
 * The sockets that listen on these ports, without those of this process. Reads the kernel's tables (proc_pid_net(5)):
 * binding to a port to see whether it is free would take it from a program that starts at that moment.
 *
 * @returns `undefined` on systems without such tables
 */
export async function findListeners(ports: readonly number[]): Promise<readonly Listener[] | undefined> {
  const texts = await Promise.all(tables.map(({ path }) => readForeign(path)));
  if (texts[0] === undefined) {
    return undefined;
  }
  const sockets = tables
    .flatMap(({ state, ...table }, index) =>
      parseListening(texts[index] ?? '', state).map((socket) => ({
        ...socket,
        ...('protocol' in table ? { protocol: table.protocol } : {}),
      })),
    )
    .filter(({ port }) => ports.includes(port));
  const own = sockets.length === 0 ? [] : await socketsOf('self');
  const others = sockets.filter(({ inode }) => !own.includes(inode));
  const holders = others.length === 0 ? new Map() : await findHolders(others.map(({ inode }) => inode));
  return others.map(({ inode, ...socket }) => ({ ...socket, holder: holders.get(inode) }));
}

/** The sockets of a table of the kernel that are in this state. */
export function parseListening(table: string, listening = '0A'): ListeningSocket[] {
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state]) => state === listening)
    .map(([, local = '', , , , , , , , inode = '']) => {
      const [address = '', port = ''] = local.split(':');
      return { address: parseAddress(address), port: Number.parseInt(port, 16), inode };
    });
}

/** An address from the kernel's hexadecimal form: each 32 bits are in the machine's byte order, little-endian. */
function parseAddress(hexadecimal: string): string {
  const words = hexadecimal.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => (word.match(/../g) ?? []).reverse());
  if (bytes.length === 4) {
    return bytes.map((byte) => Number.parseInt(byte, 16)).join('.');
  }
  const groups = bytes.join('').match(/.{4}/g) ?? [];
  // The URL parser returns the canonical form.
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

async function findHolders(inodes: readonly string[]): Promise<ReadonlyMap<string, Holder>> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const holders = new Map<string, Holder>();
  await Promise.all(
    processes.map(async (id) => {
      const held = (await socketsOf(id)).filter((inode) => inodes.includes(inode));
      if (held.length > 0) {
        const program = ((await readForeign(`/proc/${id}/comm`).catch(() => '')) ?? '').trim();
        for (const inode of held) {
          holders.set(inode, { program, processId: Number(id) });
        }
      }
    }),
  );
  return holders;
}

/** Inodes of the sockets that a process holds; none where it is gone, or another user's. */
async function socketsOf(process: string): Promise<string[]> {
  const directory = `/proc/${process}/fd`;
  const descriptors = await readdir(directory).catch(() => []);
  const targets = await Promise.all(
    descriptors.map((descriptor) => readlink(`${directory}/${descriptor}`).catch(() => '')),
  );
  return targets.flatMap((target) => /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? []);
}
