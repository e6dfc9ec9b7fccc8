import { mkdtemp, rm } from 'node:fs/promises';
import { run } from '../command.ts';
import { unpackPackages } from '../engine/apt.ts';

/** Debian's client of ssh, with all that it is linked against. */
export const sshClient = {
  suite: 'trixie',
  packages: [
    'openssh-client',
    ...['libc6', 'libcom-err2', 'libgssapi-krb5-2', 'libk5crypto3', 'libkeyutils1', 'libkrb5-3'],
    ...['libkrb5support0', 'libpcre2-8-0', 'libselinux1', 'libssl3t64', 'libzstd1'],
    'zlib1g',
  ],
  programs: ['usr/bin/ssh', 'usr/bin/ssh-keyscan'],
} as const;

/** Puts it into a root file system that has no libraries. */
export async function addSshClient(root: string): Promise<void> {
  const unpacked = await mkdtemp(`${root}.ssh-`);
  try {
    await unpackPackages(sshClient.suite, sshClient.packages, unpacked);
    // Modules of the C library for other character sets are of no use here.
    const copy = `
      cd "$1"
      { printf '%s\\n' ${sshClient.programs.join(' ')}
        find . -name '*.so*' ! -path '*/gconv/*' ! -path '*/engines-3/*'
      } | tar -c -T - | tar -x -C "$2"
      for name in lib lib64; do
        if [ -d "$2/usr/$name" ] && ! [ -e "$2/$name" ]; then ln -s "usr/$name" "$2/$name"; fi
      done`;
    await run('sh', ['-euc', copy, 'copy', unpacked, root]);
  } finally {
    await rm(unpacked, { recursive: true });
  }
}
