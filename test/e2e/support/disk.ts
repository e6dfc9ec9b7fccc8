import type { Host } from '../../lab/host.ts';

const filler = '/filled';

// fallocate(1) takes the space at once, but fails close to the end: the last megabyte is written.
const script = `
  free=$(df --output=avail -k / | tail -n 1)
  most=$((free - $1 - 1024))
  [ "$most" -le 0 ] || fallocate --length "\${most}K" ${filler}
  dd if=/dev/zero of=${filler}.rest bs=4k count=256 2>/dev/null || true`;

/** Fills the disk of a host, which must have one of its own. */
export async function fillDisk(host: Host, kilobytesLeft = 0): Promise<void> {
  await host.run(['sh', '-ec', script, 'fill', String(kilobytesLeft)]);
}

/** Frees what `fillDisk` took. */
export async function freeDisk(host: Host): Promise<void> {
  await host.run(['rm', '-rf', filler, `${filler}.rest`]);
}
