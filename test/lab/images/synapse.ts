import { chmod, copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from '../cache.ts';
import { type DebianRoot, makeDebianRoot } from '../engine/debian-root.ts';
import { architecture } from './archive.ts';
import { type Image, recipeFile, seconds } from './image.ts';
import { packLayer } from './layer.ts';
import { buildWheels, installWheels } from './pip.ts';
import { addPython, placeScripts, pythonLibraries, pythonVersion, sitePackages } from './python.ts';

// What the official Dockerfiles of Python (slim) and of Synapse install, and no Python.
const base: DebianRoot = {
  suite: 'trixie',
  packages: [
    ...['ca-certificates', 'media-types', 'netbase', 'tzdata', ...pythonLibraries],
    ...['curl', 'gosu', 'libjemalloc2', 'libjpeg62-turbo', 'libpq5', 'libwebp7', 'xmlsec1'],
  ],
};
// PyPI has no wheel of psycopg2. Debian's build of it is for the same Python and the same libpq.
const modules = ['python3-psycopg2'];
// The official images have all of them, and Synapse loads some whether they are used or not. `postgres` is psycopg2.
const extras = [
  ...['cache-memory', 'jwt', 'matrix-synapse-ldap3', 'oidc', 'opentracing', 'redis', 'saml2', 'sentry'],
  'url-preview',
];
const withoutWheel = ['jaeger-client', 'opentracing', 'threadloop<2'];
// The official images have none, though a wheel may bring some.
const byteCode = ['*/__pycache__', '*.pyc'];
// Older versions import pkg_resources, which later releases of setuptools have not.
const setuptools = 'setuptools<81';
const files = { 'synapse/start.py': 'start.py', 'synapse/log.config': 'conf/log.config' };

/** Synapse as PyPI has it, on a Python in /usr/local, behind the official image's `/start.py`. All versions share the layer below it. */
export async function synapseImage(tag: string): Promise<Image> {
  const baseInputs = { base, pythonVersion, modules, architecture: architecture() };
  const baseLayer = cached('synapse-base', baseInputs, async (directory) => {
    const root = join(directory, 'root');
    await makeDebianRoot(base, root);
    await addPython(root, modules);
    await packLayer(root, join(directory, 'layer.tar'));
    await rm(root, { recursive: true });
  });
  const version = tag.replace(/^v/, '');
  const recipe = await Promise.all(Object.keys(files).map((file) => readFile(recipeFile(file), 'utf8')));
  const inputs = { ...baseInputs, version, extras, withoutWheel, byteCode, setuptools, recipe };
  const layer = cached('synapse-layer', inputs, async (directory) => {
    const root = join(directory, 'root');
    await addSynapse(root, version);
    await packLayer(root, join(directory, 'layer.tar'), { ownedByRoot: true, leftOut: byteCode });
    await rm(root, { recursive: true });
  });
  const layers = (await Promise.all([baseLayer, layer])).map((directory) => join(directory, 'layer.tar'));
  return { layers, config: config(tag) };
}

function config(tag: string): Image['config'] {
  return {
    Entrypoint: ['/start.py'],
    Env: ['PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin', ...buffering(tag)],
    ExposedPorts: { '8008/tcp': {}, '8009/tcp': {}, '8448/tcp': {} },
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

/** Since 1.159 the image has Python write each line at once (element-hq/synapse, pull request 20075). */
function buffering(tag: string): string[] {
  const [major = 0, minor = 0] = tag.replace(/^v/, '').split('.').map(Number);
  return major > 1 || minor >= 159 ? ['PYTHONUNBUFFERED=1'] : [];
}

async function addSynapse(root: string, version: string): Promise<void> {
  const wheels = `${root}.wheels`;
  await buildWheels(withoutWheel, wheels);
  const site = join(root, sitePackages);
  await installWheels([`matrix-synapse[${extras}]==${version}`, setuptools], site, { wheels });
  await rm(wheels, { recursive: true });
  await placeScripts(root);
  for (const [source, target] of Object.entries(files)) {
    await mkdir(join(root, target, '..'), { recursive: true });
    await copyFile(recipeFile(source), join(root, target));
  }
  await chmod(join(root, 'start.py'), 0o755);
}
