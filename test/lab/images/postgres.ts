import { chmod, chown, copyFile, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from '../cache.ts';
import { run } from '../command.ts';
import { type DebianRoot, makeDebianRoot } from '../engine/debian-root.ts';
import { architecture } from './archive.ts';
import { type Image, recipeFile } from './image.ts';
import { packLayer } from './layer.ts';

// Debian's releases have one major version each.
const suites: Record<string, string> = { '15': 'bookworm', '17': 'trixie', '18': 'sid' };
const scripts = ['docker-entrypoint.sh', 'docker-ensure-initdb.sh'];
// Compiling queries (JIT) takes a third of the image. Postgres does without when the compiler is not there.
const leftOut = [
  'usr/lib/*/libLLVM*',
  'usr/lib/*/libz3*',
  'usr/lib/postgresql/*/lib/bitcode',
  'usr/lib/postgresql/*/lib/llvmjit*',
];
/** The user `postgres` of the official images, in Debian's variant. */
const uid = 999;

/** Debian's Postgres behind an entry point that keeps the contract of the official image. */
export async function postgresImage(tag: string): Promise<Image> {
  const suite = suites[tag];
  if (suite === undefined)
    throw new Error(`No recipe for postgres:${tag}: ${Object.keys(suites).join(', ')}`);
  const debian = debianRoot(suite, tag);
  const recipe = await Promise.all(scripts.map((name) => readFile(recipeFile(`postgres/${name}`), 'utf8')));
  const inputs = { debian, recipe, leftOut, uid, architecture: architecture() };
  const layer = await cached('postgres-layer', inputs, async (directory) => {
    const root = join(directory, 'root');
    await makeDebianRoot(debian, root);
    await adapt(root, tag);
    await packLayer(root, join(directory, 'layer.tar'), { leftOut: [...leftOut, 'usr/share/i18n/*'] });
    await rm(root, { recursive: true });
  });
  return { layers: [join(layer, 'layer.tar')], config: config(tag) };
}

function debianRoot(suite: string, major: string): DebianRoot {
  return {
    suite,
    packages: [
      `postgresql-${major}`,
      'ca-certificates',
      'gosu',
      'libnss-wrapper',
      'locales',
      'tzdata',
      'xz-utils',
      'zstd',
    ],
    before: [
      // Debian's packages then keep this user, and make no cluster.
      `echo postgres:x:${uid}: >>"$1/etc/group"`,
      `echo postgres:x:${uid}:${uid}::/var/lib/postgresql:/bin/bash >>"$1/etc/passwd"`,
      'mkdir -p "$1/etc/postgresql-common"; echo "create_main_cluster = false" >"$1/etc/postgresql-common/createcluster.conf"',
    ],
  };
}

/** Postgres 18 keeps its data below the volume, in a directory of the major version. */
const paths = (major: string): { data: string; volume: string } =>
  Number(major) >= 18
    ? { data: `/var/lib/postgresql/${major}/docker`, volume: '/var/lib/postgresql' }
    : { data: '/var/lib/postgresql/data', volume: '/var/lib/postgresql/data' };

function config(major: string): Image['config'] {
  const { data, volume } = paths(major);
  return {
    Entrypoint: ['docker-entrypoint.sh'],
    Cmd: ['postgres'],
    Env: [
      `PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/postgresql/${major}/bin`,
      'LANG=en_US.utf8',
      `PG_MAJOR=${major}`,
      `PGDATA=${data}`,
    ],
    ExposedPorts: { '5432/tcp': {} },
    Volumes: { [volume]: {} },
    StopSignal: 'SIGINT',
    WorkingDir: '/',
  };
}

async function adapt(root: string, major: string): Promise<void> {
  const inside = (path: string): string => join(root, path);
  await run('chroot', [root, 'localedef', '-i', 'en_US', '-c', '-f', 'UTF-8', 'en_US.UTF-8']);
  const sample = inside(`/usr/share/postgresql/${major}/postgresql.conf.sample`);
  await writeFile(
    sample,
    (await readFile(sample, 'utf8')).replace(/^#?listen_addresses = .*/m, "listen_addresses = '*'"),
  );
  await mkdir(inside('/docker-entrypoint-initdb.d'));
  for (const path of ['/var/lib/postgresql', paths(major).volume]) await ownedDirectory(inside(path), 0o1777);
  await ownedDirectory(inside('/run/postgresql'), 0o3777);
  for (const name of scripts) {
    await copyFile(recipeFile(`postgres/${name}`), inside(`/usr/local/bin/${name}`));
    await chmod(inside(`/usr/local/bin/${name}`), 0o755);
  }
  await symlink('docker-ensure-initdb.sh', inside('/usr/local/bin/docker-enforce-initdb.sh'));
}

async function ownedDirectory(path: string, mode: number): Promise<void> {
  await mkdir(path, { recursive: true });
  await chown(path, uid, uid);
  await chmod(path, mode);
}
