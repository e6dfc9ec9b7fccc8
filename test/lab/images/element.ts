import { copyFile, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'vite';
import { cached } from '../cache.ts';
import { type DebianRoot, makeDebianRoot } from '../engine/debian-root.ts';
import { projectRoot } from '../product.ts';
import { architecture } from './archive.ts';
import { type Image, recipeFile, seconds } from './image.ts';
import { packLayer } from './layer.ts';

const debian: DebianRoot = { suite: 'trixie', packages: ['busybox', 'nginx-light'] };
const client = recipeFile('element/client');
/** What Hydrogen hands the access token to, before it opens a session. */
const serviceWorker = join(projectRoot, 'node_modules/hydrogen-view-sdk/lib-build/sw.js');
const cryptography = join(projectRoot, 'node_modules/@matrix-org/matrix-sdk-crypto-wasm');

/**
 * A client for browsers where the official image has Element Web, with the programs that it has: nginx, and a wget. No
 * package registry has Element Web itself: this one is Hydrogen, which finds the homeserver in the same file.
 */
export async function elementImage(tag: string): Promise<Image> {
  const sources = (await readdir(client)).sort();
  const paths = [
    ...sources.map((name) => join(client, name)),
    join(cryptography, 'package.json'),
    serviceWorker,
  ];
  const texts = await Promise.all(paths.map((path) => readFile(path, 'utf8')));
  const inputs = { debian, texts, tag, architecture: architecture() };
  const layer = await cached('element-layer', inputs, async (directory) => {
    const root = join(directory, 'root');
    await makeDebianRoot(debian, root);
    await addClient(root, tag);
    await packLayer(root, join(directory, 'layer.tar'), { ownedByRoot: true });
    await rm(root, { recursive: true });
  });
  return {
    layers: [join(layer, 'layer.tar')],
    config: {
      Entrypoint: ['/docker-entrypoint.sh'],
      Cmd: ['nginx', '-g', 'daemon off;'],
      Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'ELEMENT_WEB_PORT=80'],
      User: '101',
      ExposedPorts: { '80/tcp': {}, '8080/tcp': {} },
      Healthcheck: {
        Test: ['CMD-SHELL', 'wget -q --spider http://localhost:$ELEMENT_WEB_PORT/config.json'],
        StartPeriod: seconds(5),
      },
      WorkingDir: '/',
    },
  };
}

async function addClient(root: string, tag: string): Promise<void> {
  await build({
    root: client,
    configFile: false,
    logLevel: 'error',
    build: { outDir: join(root, 'app'), target: 'es2022', assetsInlineLimit: 0 },
  });
  await copyFile(serviceWorker, join(root, 'app/sw.js'));
  // Of what Element Web has, the largest file that browsers load.
  const largest = 'matrix_sdk_crypto_wasm_bg.wasm';
  await copyFile(join(cryptography, 'pkg', largest), join(root, 'app/assets', largest));
  await writeFile(join(root, 'app/version'), tag.replace(/^v/, ''));
  await writeFile(join(root, 'app/config.json'), '{}\n');
  await rm(join(root, 'usr/share/nginx/html'), { recursive: true, force: true });
  await mkdir(join(root, 'usr/share/nginx'), { recursive: true });
  await symlink('/app', join(root, 'usr/share/nginx/html'));
  await symlink('busybox', join(root, 'usr/bin/wget'));
}
