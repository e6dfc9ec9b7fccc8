import { createServer } from 'node:net';

/** The first free TCP port at an address of this host, from a preferred port upwards. */
export async function findFreePort(address: string, preferred: number): Promise<number> {
  for (let port = preferred; port <= 65535; port++) {
    if (await isFree(address, port)) {
      return port;
    }
  }
  throw new Error(`no free port from ${preferred} on`);
}

async function isFree(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, address, () => server.close(() => resolve(true)));
  });
}
