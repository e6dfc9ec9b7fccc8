import { cached } from '../../lab/cache.ts';
import { run } from '../../lab/command.ts';
import type { Host } from '../../lab/host.ts';
import { installWheels } from '../../lab/images/pip.ts';

/** Puts Python packages, and all that they depend on, into a directory of a host, for the Python of the homeserver's image. */
export async function copyWheels(
  host: Host,
  name: string,
  requirements: readonly string[],
  directory: string,
): Promise<void> {
  const packages = await cached(name, { requirements }, (target) => installWheels(requirements, target));
  const archive = await run('sh', ['-c', 'tar -C "$1" -c . | base64 -w0', 'pack', packages]);
  await host.run(['sh', '-c', 'mkdir -p "$1" && tar -C "$1" -x', 'unpack', directory], {
    input: Buffer.from(archive, 'base64'),
  });
}
