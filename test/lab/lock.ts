import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/**
 * Does `work` while no other process of this machine, and nothing else in this one, does work under the same name.
 * The lock is an abstract socket: the kernel gives it up when its holder dies, however that happens. Only Linux has
 * such sockets: elsewhere, where there is no lab, nothing is locked.
 */
export async function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  if (process.platform !== 'linux') return work();
  const release = await acquire(`\0matrix-deploy-${createHash('sha256').update(name).digest('hex')}`);
  try {
    return await work();
  } finally {
    release();
  }
}

async function acquire(address: string): Promise<() => void> {
  for (;;) {
    const waiting = new Set<Socket>();
    const server = createServer((connection) => waiting.add(connection.on('error', () => {})));
    try {
      server.listen(address);
      await once(server, 'listening');
      return () => {
        server.close();
        for (const connection of waiting) connection.destroy();
      };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      await holderGone(address);
    }
  }
}

/** Resolves when the connection to the lock's holder ends, or cannot be made any more. */
async function holderGone(address: string): Promise<void> {
  await new Promise((resolve) =>
    connect(address)
      .on('error', () => {})
      .on('close', resolve),
  );
}
