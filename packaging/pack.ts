// `npm run pack [-- DIRECTORY]`: puts what is published into build/package, and packs it into one file, here or in a
// directory.
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { publishedPaths } from '../src/package.ts';
import { publishedManifest } from './manifest.ts';

const directory = 'build/package';
const manifest = publishedManifest(JSON.parse(await readFile('package.json', 'utf8')));
await rm(directory, { recursive: true, force: true });
await mkdir(directory, { recursive: true });
for (const path of publishedPaths()) {
  await cp(path, join(directory, path), { recursive: true });
}
await writeFile(join(directory, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
const destination = process.argv[2] ?? '.';
await execa('npm', ['pack', `./${directory}`, '--silent', '--pack-destination', destination], {
  stdio: 'inherit',
});
