import { chmod, copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from '../cache.ts';
import { run } from '../command.ts';
import { type DebianRoot, makeDebianRoot } from '../engine/debian-root.ts';
import { architecture } from './archive.ts';
import { type Image, recipeFile, seconds } from './image.ts';
import { packLayer } from './layer.ts';
import { installWheels, pythonVersion } from './pip.ts';

// Psycopg has no wheel: Debian's own build of it serves Debian's own Python.
const base: DebianRoot = {
  suite: 'bookworm',
  packages: ['python3', 'python3-psycopg2', 'ca-certificates', 'curl', 'gosu', 'libjemalloc2', 'libpq5'],
};
const extras = ['oidc', 'url-preview', 'redis', 'cache-memory'];
// Older versions import pkg_resources, which later releases of setuptools have not.
const setuptools = 'setuptools<81';
const sitePackages = `usr/local/lib/python${pythonVersion}/dist-packages`;
const files = { 'synapse/start.py': 'start.py', 'synapse/log.config': 'conf/log.config' };

/** Synapse as PyPI has it, on Debian's Python, behind the official image's `/start.py`. All versions share the layer below it. */
export async function synapseImage(tag: string): Promise<Image> {
  const baseInputs = { base, architecture: architecture() };
  const baseTree = await cached('synapse-base', baseInputs, async (directory) => {
    await makeDebianRoot(base, join(directory, 'root'));
    await packLayer(join(directory, 'root'), join(directory, 'layer.tar'));
  });
  const version = tag.replace(/^v/, '');
  const recipe = await Promise.all(Object.keys(files).map((file) => readFile(recipeFile(file), 'utf8')));
  const inputs = { ...baseInputs, version, extras, setuptools, recipe };
  const layer = await cached('synapse-layer', inputs, async (directory) => {
    const root = join(directory, 'root');
    await addSynapse(root, version, join(baseTree, 'root'));
    await packLayer(root, join(directory, 'layer.tar'), { ownedByRoot: true });
    await rm(root, { recursive: true });
  });
  return { layers: [join(baseTree, 'layer.tar'), join(layer, 'layer.tar')], config: config(tag) };
}

function config(tag: string): Image['config'] {
  return {
    Entrypoint: ['/start.py'],
    Env: ['PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin', 'LANG=C.UTF-8'],
    ExposedPorts: { '8008/tcp': {}, '8448/tcp': {}, '19090/tcp': {} },
    WorkingDir: '/',
    Labels: { 'org.opencontainers.image.title': 'Synapse', 'org.opencontainers.image.version': tag },
    Healthcheck: {
      Test: ['CMD-SHELL', 'curl -fSs http://localhost:8008/health || exit 1'],
      Interval: seconds(15),
      Timeout: seconds(5),
      StartPeriod: seconds(5),
    },
  };
}

async function addSynapse(root: string, version: string, baseRoot: string): Promise<void> {
  await installWheels([`matrix-synapse[${extras}]==${version}`, setuptools], join(root, sitePackages));
  await rename(join(root, sitePackages, 'bin'), join(root, 'usr/local/bin'));
  await nameInterpreter(join(root, 'usr/local/bin'));
  await compile(root, baseRoot);
  for (const [source, target] of Object.entries(files)) {
    await mkdir(join(root, target, '..'), { recursive: true });
    await copyFile(recipeFile(source), join(root, target));
  }
  await chmod(join(root, 'start.py'), 0o755);
}

/** Makes the console scripts name the image's interpreter; pip has named the one that it ran under. */
async function nameInterpreter(directory: string): Promise<void> {
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    const script = await readFile(path, 'utf8');
    await writeFile(path, script.replace(/^#!.*python.*/, '#!/usr/bin/python3'));
  }
}

// In a mount namespace of its own, so that no mount is left whatever happens. Modules for other Pythons do not compile: no matter.
const compileScript = `
  mount --bind "$1/usr/local" "$2/usr/local"
  chroot "$2" python3 -m compileall -q -j 2 /${sitePackages} >/dev/null || true`;

/** Compiles all modules, as an installation in the image itself would have done: the first start is then as fast as the second. */
async function compile(root: string, baseRoot: string): Promise<void> {
  await run('unshare', ['--mount', 'sh', '-ec', compileScript, 'compile', root, baseRoot], {
    timeoutSeconds: 300,
  });
}
