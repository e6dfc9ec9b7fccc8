import { chmod, copyFile, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unpackPackages } from '../engine/apt.ts';

/** What an image has beside one static program: as Alpine, a shell and its like in one binary, and CA certificates. */
export interface BusyboxBase {
  /** Debian's release that both are from. */
  suite: string;
  /** The programs of the binary that get a name of their own. */
  applets: readonly string[];
  /** From `/`, beside those that all have. */
  directories: readonly string[];
}

/** Puts it into the empty directory `root`. */
export async function addBusyboxBase(
  root: string,
  { suite, applets, directories }: BusyboxBase,
): Promise<void> {
  const unpacked = `${root}.base`;
  await unpackPackages(suite, ['busybox-static', 'ca-certificates'], unpacked);
  for (const directory of ['bin', 'etc/ssl/certs', 'tmp', ...directories]) {
    await mkdir(join(root, directory), { recursive: true });
  }
  await chmod(join(root, 'tmp'), 0o1777);
  await copyFile(join(unpacked, 'bin/busybox'), join(root, 'bin/busybox'));
  for (const applet of applets) await symlink('busybox', join(root, 'bin', applet));
  const certificates = join(unpacked, 'usr/share/ca-certificates/mozilla');
  const bundle = await Promise.all(
    (await readdir(certificates)).map((name) => readFile(join(certificates, name))),
  );
  await writeFile(join(root, 'etc/ssl/certs/ca-certificates.crt'), Buffer.concat(bundle));
  await writeFile(
    join(root, 'etc/passwd'),
    'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n',
  );
  await writeFile(join(root, 'etc/group'), 'root:x:0:\nnobody:x:65534:\n');
  await rm(unpacked, { recursive: true });
}
