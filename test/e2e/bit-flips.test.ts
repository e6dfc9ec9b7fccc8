import { beforeAll, describe, expect, it } from 'vitest';
import { failureOf } from '../../src/backup/failure.ts';
import { messages } from '../../src/backup/restic-messages.ts';
import { testedImage } from '../../src/releases/releases.ts';
import { attachLab } from '../lab/attach.ts';
import { Random } from '../torture/random.ts';

const image = testedImage('restic');
const lab = await attachLab();
const host = await lab.host('alpha', { images: [image] });

/** Which bits are flipped follows from it, and from what restic has written. */
const seed = 'a bit that nobody has written';
const backups = 20;
const flips = 1000;
/** Those of files of which any keeps restic from looking at others; the rest are of packs, which it names one by one. */
const alone = 40;

interface StoredFile {
  readonly path: string;
  readonly bytes: number;
}
interface Flip {
  readonly path: string;
  readonly bit: number;
}

const sh = (script: string) => host.run(['sh', '-euc', script], { timeoutSeconds: 240 });

/** Stock restic, as a repository is opened by matrix-deploy. */
const inContainer = (script: string) =>
  host.run(
    [
      ...['docker', 'run', '--rm', '--network', 'none', '--volume', '/srv/flips:/work', '--tmpfs', '/tmp'],
      ...['--env', 'GOGC=20', '--entrypoint', '/bin/sh', image, '-euc'],
      `restic() { /usr/bin/restic --json --no-cache --password-file=/work/key "$@"; }; ${script}`,
    ],
    { timeoutSeconds: 280 },
  );

function flipIn({ path, bytes }: StoredFile, random: Random): Flip {
  return { path, bit: random.below(bytes * 8) };
}

/** Copies of the repository, each with some bits flipped: one in each pack, or one in a file of another kind. */
function planFlips(files: readonly StoredFile[]): Flip[][] {
  const random = new Random(seed);
  const packs = files.filter(({ path }) => path.startsWith('data/'));
  const others = files.filter(({ path }) => !path.startsWith('data/'));
  const single = Array.from({ length: alone }, () => [flipIn(random.pick(others), random)]);
  const several: Flip[][] = [];
  for (let left = flips - alone; left > 0; left -= packs.length) {
    const some = random.shuffle(packs).slice(0, left);
    several.push(some.map((pack) => flipIn(pack, random)));
  }
  return [...single, ...several];
}

/** Run on the host: flips the bits of each copy, which it makes. */
const flipAll = `
  const { cpSync, readFileSync, writeFileSync } = require('node:fs');
  for (const [number, flips] of JSON.parse(readFileSync(0)).entries()) {
    cpSync('repository', 'copies/' + number, { recursive: true });
    for (const { path, bit } of flips) {
      const file = 'copies/' + number + '/' + path;
      const bytes = readFileSync(file);
      bytes[bit >> 3] ^= 1 << (bit & 7);
      writeFileSync(file, bytes);
    }
  }`;

interface Outcome {
  readonly code: number;
  readonly said: string;
  /** The keys that can be used; empty where the check failed. */
  readonly keys: string;
}

/**
 * Does what was said tell of it: does `backup verify` call the repository damaged, or a key file of it, or miss a key that it
 * does not use itself?
 */
function isFound({ path }: Flip, { code, said, keys }: Outcome): boolean {
  const name = path.replace(/.*\//, '');
  const isKey = path.startsWith('keys/');
  if (code === 0) return isKey && !keys.includes(name);
  const lines = said.split('\n').map((line) => messages.problem(line) ?? line);
  const isNamed = !path.startsWith('data/') || said.includes(name);
  const failure = failureOf(code, lines);
  return isNamed && (failure === 'damaged' || (isKey && failure === 'key-file'));
}

describe('a repository with a bit that is not as it was written', () => {
  let copies: Flip[][];

  beforeAll(async () => {
    await sh(`
      mkdir -p /srv/flips/files /srv/flips/copies /srv/flips/said; printf key >/srv/flips/key; printf other >/srv/flips/other
      for n in $(seq ${backups}); do head -c 30000 /dev/urandom >/srv/flips/files/$n; done`);
    await inContainer(`
      restic init --repo=/work/repository
      for file in /work/files/*; do restic backup --repo=/work/repository $file; done
      restic key add --repo=/work/repository --new-password-file=/work/other
      restic check --repo=/work/repository --no-lock --read-data`);
    const listed = await sh(
      `cd /srv/flips/repository && chmod -R u+w . && find . -type f -printf '%P %s\\n'`,
    );
    const files = listed
      .trim()
      .split('\n')
      .sort()
      .map((line) => line.split(' '))
      .map(([path = '', bytes]) => ({ path, bytes: Number(bytes) }));
    copies = planFlips(files);
    await host.run(['node', '-e', flipAll], { cwd: '/srv/flips', input: JSON.stringify(copies) });
    await inContainer(`
      for copy in /work/copies/*; do
        said=/work/said/$\{copy##*/}
        restic check --repo=$copy --no-lock --read-data >$said 2>&1 && code=0 || code=$?
        echo "$code" >$said.code
        [ "$code" != 0 ] || restic key list --repo=$copy --no-lock >$said.keys
      done`);
  });

  it('must be found damaged, wherever each of 1,000 is', async () => {
    expect(copies.flat()).toHaveLength(flips);
    const undetected: unknown[] = [];
    for (const [number, flipped] of copies.entries()) {
      const read = (ending: string) => host.readFile(`/srv/flips/said/${number}${ending}`);
      const [said, code] = [await read(''), Number(await read('.code'))];
      const keys = code === 0 ? await read('.keys') : '';
      const left = flipped.filter((flip) => !isFound(flip, { code, said, keys }));
      undetected.push(...left.map((flip) => ({ ...flip, code, said: said.slice(0, 500) })));
    }
    expect(undetected).toEqual([]);
  });
});
