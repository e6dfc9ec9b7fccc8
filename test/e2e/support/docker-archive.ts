import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { cached } from '../../lab/cache.ts';
import { run } from '../../lab/command.ts';
import { unpackPackages } from '../../lab/engine/apt.ts';
import type { Host } from '../../lab/host.ts';
import type { Lab } from '../../lab/lab.ts';
import { openFileServer } from './file-server.ts';

const name = 'download.docker.com';

/** What is in Docker's packages, by the suites and packages of Debian that hold the same programs. */
const contents: Record<string, { fields: string[]; suite: string; from: string[]; paths: string[] }> = {
  'docker-ce': {
    fields: ['Depends: docker-ce-cli, containerd.io', 'Conflicts: docker.io'],
    suite: 'bookworm',
    from: ['docker.io'],
    paths: ['usr/sbin/dockerd', 'usr/sbin/docker-proxy'],
  },
  'docker-ce-cli': { fields: [], suite: 'bookworm', from: ['docker.io'], paths: ['usr/bin/docker'] },
  'containerd.io': {
    fields: ['Conflicts: containerd, runc'],
    suite: 'bookworm',
    from: ['containerd', 'runc'],
    paths: ['usr/bin/containerd', 'usr/bin/containerd-shim-runc-v2', 'usr/sbin/runc'],
  },
  'docker-compose-plugin': {
    fields: [],
    suite: 'sid',
    from: ['docker-compose'],
    paths: ['usr/libexec/docker/cli-plugins/docker-compose'],
  },
};

/** Docker's archive as a lab can have it: under its name, with Debian's programs in packages that are called like Docker's. */
export interface DockerArchive {
  /** Of the key that signs it, which is made for this archive. */
  readonly fingerprint: string;
  /** Calls it otherwise in the list that is signed; the signature stays as it was. */
  rename(from: string, to: string): Promise<void>;
  /** Makes a host believe that the server is who it says. */
  vouchTo(host: Host): Promise<void>;
}

/** Opens the archive for Debian 12 on a machine of its own. */
export async function openDockerArchive(lab: Lab): Promise<DockerArchive> {
  const work = await mkdtemp(join(tmpdir(), 'lab-archive-'));
  try {
    const fingerprint = await makeArchive(join(work, 'linux/debian'));
    const { machine, directory, vouchTo } = await openFileServer(lab, 'archive', name);
    await cp(work, `/proc/${await machine.pid()}/root${directory}`, { recursive: true });
    return {
      ...{ fingerprint, vouchTo },
      async rename(from, to) {
        const signed = `${directory}/linux/debian/dists/bookworm/InRelease`;
        await machine.run(['sed', '--in-place', `s/^Origin: ${from}$/Origin: ${to}/`, signed]);
      },
    };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** @returns the fingerprint of the key that signs it */
async function makeArchive(directory: string): Promise<string> {
  const architecture = (await run('dpkg', ['--print-architecture'])).trim();
  const pool = join(directory, 'pool');
  await cp(await packages(architecture), pool, { recursive: true });
  const index: string[] = [];
  for (const file of await readdir(pool)) {
    const control = await run('dpkg-deb', ['--field', join(pool, file)]);
    const bytes = await readFile(join(pool, file));
    index.push(
      `${control.trim()}\nFilename: pool/${file}\nSize: ${bytes.length}\nSHA256: ${sha256(bytes)}\n`,
    );
  }
  const suite = join(directory, 'dists/bookworm');
  const list = `stable/binary-${architecture}/Packages`;
  const text = index.join('\n');
  await mkdir(dirname(join(suite, list)), { recursive: true });
  await writeFile(join(suite, list), text);
  const release = [
    'Origin: Docker',
    'Suite: bookworm',
    'Codename: bookworm',
    'Components: stable',
    `Architectures: ${architecture}`,
    `Date: ${new Date().toUTCString()}`,
    'SHA256:',
    ` ${sha256(text)} ${text.length} ${list}`,
    '',
  ].join('\n');
  await writeFile(join(suite, 'Release'), release);
  return sign(join(suite, 'Release'), { signed: join(suite, 'InRelease'), key: join(directory, 'gpg') });
}

/** Signs a file with a new key, whose public half is written out. */
async function sign(file: string, { signed, key }: { signed: string; key: string }): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'lab-gpg-'));
  const gpg = (...args: string[]) => run('gpg', ['--homedir', home, '--batch', '--quiet', ...args]);
  try {
    await gpg('--passphrase', '', '--quick-generate-key', 'Archive of a lab', 'rsa3072', 'sign', 'never');
    await gpg('--output', signed, '--clearsign', file);
    await gpg('--output', key, '--armor', '--export');
    const listed = await gpg('--with-colons', '--list-keys');
    return /^fpr:+([0-9A-F]{40}):/m.exec(listed)?.[1] ?? '';
  } finally {
    await run('gpgconf', ['--homedir', home, '--kill', 'gpg-agent']);
    await rm(home, { recursive: true, force: true });
  }
}

/** The directory of the packages. */
async function packages(architecture: string): Promise<string> {
  return cached('docker-packages', { contents, architecture }, async (target) => {
    for (const [called, { fields, suite, from, paths }] of Object.entries(contents)) {
      const work = await mkdtemp(join(tmpdir(), 'lab-package-'));
      try {
        await unpackPackages(suite, from, join(work, 'debian'));
        for (const path of paths) {
          await cp(join(work, 'debian', path), join(work, 'root', path), { verbatimSymlinks: true });
        }
        const control = [
          `Package: ${called}`,
          'Version: 1.0',
          `Architecture: ${architecture}`,
          'Maintainer: The lab <lab@example.org>',
          ...fields,
          `Description: ${basename(paths[0] ?? '')}`,
          '',
        ];
        await mkdir(join(work, 'root/DEBIAN'));
        await writeFile(join(work, 'root/DEBIAN/control'), control.join('\n'));
        await run('dpkg-deb', ['-Znone', '--root-owner-group', '--build', join(work, 'root'), target]);
      } finally {
        await rm(work, { recursive: true, force: true });
      }
    }
  });
}

function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
