import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from './cache.ts';
import { run } from './command.ts';

const suite = 'trixie';
const base = ['ca-certificates', 'iproute2', 'libstdc++6', 'curl'];
// Knot serves the names, Pebble the certificates, docker-registry the images, which skopeo puts there.
const services = ['knot', 'pebble', 'docker-registry', 'skopeo'];

/** The root file system of the machines that serve the lab: Debian with their programs. Built once, 547 MB. */
export function serviceTree(): Promise<string> {
  return cached('service-tree', { suite, base, services }, async (tree) => {
    const mirror = (await run('apt-get', ['indextargets', '--format', '$(SITE)'])).split('\n')[0] ?? '';
    await run('debootstrap', ['--variant=minbase', `--include=${base.join()}`, suite, tree, mirror], {
      timeoutSeconds: 600,
    });
    // They are started by the lab, each on a machine of its own, not by their installation.
    await writeFile(join(tree, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n', { mode: 0o755 });
    await run('chroot', [tree, 'apt-get', 'install', '--yes', '--no-install-recommends', ...services], {
      timeoutSeconds: 600,
    });
  });
}
