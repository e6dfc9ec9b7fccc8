import { appendFile, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unpackPackages } from '../engine/apt.ts';

const suite = 'trixie';

/** The version of Python that the official images of Synapse have had since their Debian is 13. */
export const pythonVersion = '3.13';
const python = `python${pythonVersion}`;

/** Where Python's own modules are, from `/`. */
const library = `usr/local/lib/${python}`;

/** Where Python looks for modules that are not its own, from `/`. */
export const sitePackages = `${library}/site-packages`;

/** The packages that hold the interpreter and its own modules. */
const interpreter = [python, `${python}-minimal`, `lib${python}-minimal`, `lib${python}-stdlib`];

/** What the interpreter's binary and its modules are linked against. */
export const pythonLibraries = [
  'libbz2-1.0',
  'libexpat1',
  'libffi8',
  'liblzma5',
  'libncursesw6',
  'libreadline8t64',
  'libsqlite3-0',
  'libssl3t64',
  'libuuid1',
  'zlib1g',
];

/**
 * Puts Debian 13's Python where the official images have one that they have built: under /usr/local, without byte code and with
 * `site-packages`. Debian's is compiled with the same optimizations, which nobody has the time to repeat for a test.
 * @param root the file system that it becomes a part of
 * @param packages Debian's packages of modules which PyPI has no wheels of
 */
export async function addPython(root: string, packages: readonly string[]): Promise<void> {
  const unpacked = await mkdtemp(`${root}.python-`);
  try {
    await unpackPackages(suite, [...interpreter, ...packages], unpacked);
    await mkdir(join(root, 'usr/local/bin'), { recursive: true });
    // The interpreter has its list of directories compiled in, as text. Both names have the same length.
    const binary = await readFile(join(unpacked, `usr/bin/${python}`), 'latin1');
    const adapted = Buffer.from(binary.replaceAll('dist-packages', 'site-packages'), 'latin1');
    await writeFile(join(root, `usr/local/bin/${python}`), adapted, { mode: 0o755 });
    await symlink(python, join(root, 'usr/local/bin/python3'));
    await symlink('python3', join(root, 'usr/local/bin/python'));
    const copied = { recursive: true, verbatimSymlinks: true };
    await cp(join(unpacked, `usr/lib/${python}`), join(root, library), copied);
    await cp(join(unpacked, 'usr/lib/python3/dist-packages'), join(root, sitePackages), copied);
    await removeDebianParts(join(root, library));
  } finally {
    await rm(unpacked, { recursive: true });
  }
}

/** Debian's bug reporter, its rule about who may install modules, and its own places to install them in. */
async function removeDebianParts(directory: string): Promise<void> {
  for (const name of ['sitecustomize.py', 'EXTERNALLY-MANAGED']) await rm(join(directory, name));
  await appendFile(
    join(directory, 'sysconfig/__init__.py'),
    "\n_INSTALL_SCHEMES['posix_local'] = _INSTALL_SCHEMES['deb_system'] = _INSTALL_SCHEMES['posix_prefix']\n",
  );
}

// Where the interpreter's path is long or has a space, pip writes a script of the shell which Python reads as a string.
const header = /^#!.*python.*\n|^#!\/bin\/sh\n'''exec' .*\n' '''\n/;

/** Moves the console scripts that pip has put beside the modules to where programs are, and makes them name the image's interpreter. */
export async function placeScripts(root: string): Promise<void> {
  const scripts = join(root, sitePackages, 'bin');
  const programs = join(root, 'usr/local/bin');
  await mkdir(programs, { recursive: true });
  for (const name of await readdir(scripts)) {
    const script = await readFile(join(scripts, name), 'utf8');
    const text = script.replace(header, '#!/usr/local/bin/python3\n');
    await writeFile(join(programs, name), text, { mode: 0o755 });
  }
  await rm(scripts, { recursive: true });
}
