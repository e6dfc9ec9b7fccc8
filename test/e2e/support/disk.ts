import { posix } from 'node:path';
import type { Host } from '../../lab/host.ts';

const fillerIn = (place: string) => posix.join(place, 'filled');

// fallocate(1) takes the space at once, but fails close to the end: the last megabyte is written.
const script = `
  free=$(df --output=avail -k "$(dirname "$2")" | tail -n 1)
  most=$((free - $1 - 1024))
  [ "$most" -le 0 ] || fallocate --length "\${most}K" "$2"
  dd if=/dev/zero of="$2.rest" bs=4k count=256 2>/dev/null || true`;

/** Fills the disk of a host, which must have one of its own; or another file system, told by a directory of it. */
export async function fillDisk(host: Host, kilobytesLeft = 0, place = '/'): Promise<void> {
  await host.run(['sh', '-ec', script, 'fill', String(kilobytesLeft), fillerIn(place)]);
}

/** Frees what `fillDisk` took. */
export async function freeDisk(host: Host, place = '/'): Promise<void> {
  await host.run(['rm', '-rf', fillerIn(place), `${fillerIn(place)}.rest`]);
}
