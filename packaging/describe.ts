// A step of `npm run build`: writes what is in dist/ beside it, the licences and the bill of materials (SBOM).
import { readFile, writeFile } from 'node:fs/promises';
import { execa } from 'execa';
import { joinedPaths, licencesOf, readPackage } from './joined.ts';
import { sbomOf } from './sbom.ts';

const readJson = async (path: string) => JSON.parse(await readFile(path, 'utf8'));

const { name } = await readJson('package.json');
const joined = await Promise.all(joinedPaths(await readJson('build/joined.json')).map(readPackage));
const options = ['--sbom-format', 'cyclonedx', '--package-lock-only'];
const { stdout } = await execa('npm', ['sbom', ...options]);
const sbom = sbomOf(JSON.parse(stdout), name, joined);
await writeFile('dist/LICENSES.txt', licencesOf(joined));
await writeFile('dist/sbom.cdx.json', `${JSON.stringify(sbom, null, 2)}\n`);
