import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from '../cache.ts';
import { unpackPackages } from './apt.ts';
import { type DebianRoot, makeDebianRoot } from './debian-root.ts';

/** A Debian release and the version of the Docker engine on it. */
export type RootFileSystem = 'bookworm-20' | 'trixie-26' | 'trixie-28';

interface Recipe extends DebianRoot {
  /** Packages of Debian's unstable suite, unpacked over the rest. */
  unstable: readonly string[];
}

const base = ['ca-certificates', 'curl', 'iproute2', 'iptables', 'libstdc++6', 'procps', 'util-linux'];

const recipes: Record<RootFileSystem, Recipe> = {
  // Docker 20.10, whose release has no Compose 2.
  'bookworm-20': { suite: 'bookworm', packages: [...base, 'docker.io'], unstable: ['docker-compose'] },
  // Docker 26.1 and Compose 2.26.
  'trixie-26': {
    suite: 'trixie',
    packages: [...base, 'docker.io', 'docker-cli', 'docker-compose'],
    unstable: [],
  },
  // Docker 28.5, on a release whose C library is new enough for it.
  'trixie-28': {
    suite: 'trixie',
    packages: [...base, 'docker.io', 'docker-cli'],
    unstable: ['docker.io', 'docker-cli', 'containerd', 'runc', 'docker-compose'],
  },
};

/**
 * The path of a whole Debian system with a Docker engine, its client and Compose: what a host of the lab starts from.
 * Made once; shared, so it must not be written to. Needs root.
 */
export async function rootFileSystem(name: RootFileSystem): Promise<string> {
  const recipe = recipes[name];
  return cached(`root-${name}`, recipe, async (root) => {
    await makeDebianRoot(recipe, root);
    if (recipe.unstable.length > 0) await unpackPackages('sid', recipe.unstable, root);
    // Services are started by the lab, not by the installation of a package.
    await writeFile(join(root, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  });
}
