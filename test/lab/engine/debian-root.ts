import { chmod } from 'node:fs/promises';
import { run } from '../command.ts';
import { debianMirror, installPackages } from './apt.ts';
import { findProgram } from './program.ts';

export interface DebianRoot {
  suite: string;
  packages: readonly string[];
  /** Shell commands run before the packages are installed, with the new root as `$1`. */
  before?: readonly string[];
}

// What nobody reads in a container or on a test host, as the official images leave it out too.
const leftOut = ['/usr/share/doc/*', '/usr/share/info/*', '/usr/share/man/*'];

/** Makes a small Debian system in the directory `target`. Needs root. */
export async function makeDebianRoot(root: DebianRoot, target: string): Promise<void> {
  if (!(await findProgram('mmdebstrap'))) await installPackages(['mmdebstrap', 'debian-archive-keyring']);
  const options = [
    '--quiet',
    '--mode=root',
    '--variant=minbase',
    '--format=directory',
    `--include=${root.packages.join()}`,
    // A mirror may be a snapshot, whose index has expired.
    '--aptopt=Acquire::Check-Valid-Until "false"',
    // A root that is not whole is thrown away: nothing need be safe on disk before the end.
    '--dpkgopt=force-unsafe-io',
    // Files that `before` has made are kept.
    '--dpkgopt=force-confold',
    ...leftOut.map((pattern) => `--dpkgopt=path-exclude=${pattern}`),
    ...(root.before ?? []).map((command) => `--essential-hook=${command}`),
  ];
  await run('mmdebstrap', [...options, root.suite, target, await debianMirror()], { timeoutSeconds: 1200 });
  await chmod(target, 0o755);
}
