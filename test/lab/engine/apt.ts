import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../command.ts';
import { withLock } from '../lock.ts';
import { findProgram } from './program.ts';

/**
 * Where Debian is had from: the mirror in this machine's own apt configuration. Its index names the origin only once it has
 * been fetched; before that the address tells.
 */
export async function debianMirror(): Promise<string> {
  const targets = await run('apt-get', ['indextargets', '--format', '$(ORIGIN) $(COMPONENT) $(REPO_URI)']);
  for (const line of targets.split('\n')) {
    const [origin, component, uri = ''] = line.split(' ');
    const isDebian = origin === 'Debian' || /\/debian\/?$/.test(uri);
    // The security archive is a mirror of its own, without the rest.
    if (isDebian && component === 'main' && !uri.includes('security')) return uri;
  }
  throw new Error(
    "this machine's apt knows no Debian mirror, which the lab's systems and images are made from",
  );
}

/** Whether this is a machine whose packages come through apt. */
export async function aptAvailable(): Promise<boolean> {
  return (await findProgram('apt-get')) !== undefined;
}

/** The version of a package that would be installed here, or undefined when there is no such package. */
export async function availableVersion(name: string): Promise<string | undefined> {
  const policy = await run('env', ['LC_ALL=C', 'apt-cache', 'policy', name]).catch(() => '');
  const version = /Candidate: (\S+)/.exec(policy)?.[1];
  return version === '(none)' ? undefined : version;
}

/** Installs packages of the machine's own distribution, without what they only recommend. */
export async function installPackages(packages: readonly string[]): Promise<void> {
  // apt refuses to work twice at once rather than wait.
  await withLock('apt', async () => {
    indexUpdate ??= run('apt-get', ['update'], { timeoutSeconds: 300 });
    await indexUpdate;
    const install = ['apt-get', 'install', '--yes', '--no-install-recommends', '-oDPkg::Lock::Timeout=300'];
    await run('env', ['DEBIAN_FRONTEND=noninteractive', ...install, ...packages], { timeoutSeconds: 900 });
  });
}

/** The update of the machine's package lists: once in a process. */
let indexUpdate: Promise<string> | undefined;

/**
 * Unpacks packages of any Debian suite into a directory, without installing anything and without touching the machine's own
 * package lists. What they depend on does not come along, and none of their scripts runs.
 */
export async function unpackPackages(
  suite: string,
  packages: readonly string[],
  target: string,
): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), 'matrix-deploy-apt-'));
  try {
    for (const file of await downloadPackages(suite, packages, work)) await run('dpkg', ['-x', file, target]);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/**
 * Gets the files of packages of any Debian suite.
 * @param work a directory for them and for what apt needs beside them
 * @returns the paths of the files, below `work`
 */
export async function downloadPackages(
  suite: string,
  packages: readonly string[],
  work: string,
): Promise<string[]> {
  const [sources, lists, archives] = ['sources.list', 'lists', 'archives'].map((name) =>
    join(work, name),
  ) as [string, string, string];
  await mkdir(join(lists, 'partial'), { recursive: true });
  await mkdir(archives);
  await writeFile(sources, `deb ${await debianMirror()} ${suite} main\n`);
  const options = [
    `-oDir::Etc::SourceList=${sources}`,
    '-oDir::Etc::SourceParts=/dev/null',
    `-oDir::State::Lists=${lists}`,
    // A mirror may be a snapshot, whose index has expired; apt's own user cannot read our directory.
    '-oAcquire::Check-Valid-Until=false',
    '-oAPT::Sandbox::User=root',
  ];
  await run('apt-get', [...options, 'update'], { timeoutSeconds: 300 });
  await run('sh', ['-c', 'cd "$0" && exec apt-get "$@"', archives, ...options, 'download', ...packages], {
    timeoutSeconds: 600,
  });
  return (await readdir(archives)).map((name) => join(archives, name));
}
