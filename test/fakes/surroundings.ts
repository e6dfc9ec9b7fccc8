import type { DiskSpace, Machine } from '../../src/host/machine.ts';
import type { Network } from '../../src/host/network.ts';

/** The one address of a fake host, to which every name leads. */
export const ownAddress = '203.0.113.7';

/** A file system with room, apart from what is given. */
export function diskSpace(different: Partial<DiskSpace> = {}): DiskSpace {
  return {
    path: '/',
    device: 1,
    totalBytes: 2 ** 37,
    freeBytes: 2 ** 36,
    inodes: 8_000_000,
    freeInodes: 7_000_000,
    ...different,
  };
}

/** A host on which nothing is missing, apart from what is given. It has no files. */
export function fakeMachine(different: Partial<Machine> = {}): Machine {
  return {
    architecture: () => 'x86_64',
    addresses: () => [ownAddress],
    innerAddresses: () => ['172.18.0.1'],
    cores: () => 2,
    memoryBytes: async () => 2 ** 31,
    space: async () => diskSpace(),
    listeners: async () => [],
    entries: async () => [],
    obstacle: async () => undefined,
    readFile: async () => undefined,
    hasProgram: async () => true,
    unitFileState: async () => undefined,
    isClockSynchronized: async () => undefined,
    unitProperty: async () => undefined,
    systemctl: async () => undefined,
    isRoot: () => true,
    install: async () => {},
    ...different,
  };
}

/** A network in which everybody answers as they should, apart from what is given. */
export function fakeNetwork(different: Partial<Network> = {}): Network {
  return {
    addresses: async (_name, family) => ({ records: family === 'A' ? [ownAddress] : [] }),
    caa: async () => ({ records: [] }),
    srv: async () => ({ records: [] }),
    cname: async () => ({ records: [] }),
    txt: async () => ({ records: [] }),
    mx: async () => ({ records: [] }),
    query: async (_server, { name, type }) => ({
      records: type === 'A' ? [{ name, type, value: ownAddress }] : [],
      authoritative: true,
      zone: '.',
      secondsLeft: 3600,
    }),
    update: async () => undefined,
    resolvers: () => ['192.0.2.53'],
    get: async () => ({ status: 200, body: '{"newOrder":""}', date: undefined, distrust: undefined }),
    ask: async () => undefined,
    reach: async () => undefined,
    answer: async () => ({ close() {} }),
    ...different,
  };
}
