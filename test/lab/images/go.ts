import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../command.ts';
import { unpackPackages } from '../engine/apt.ts';
import { findProgram } from '../engine/program.ts';

/** Debian's newest stable Go. What is newer it gets from the Go proxy itself, where a program asks for it. */
const debian = { suite: 'trixie', version: '1.24' };

/**
 * Builds a program that the Go proxy has the source of, static and without what debuggers want.
 * @param program its package with a version, such as `github.com/restic/restic/cmd/restic@v0.19.1`
 * @param directory where it is put
 * @returns the program's path
 */
export async function buildGoProgram(program: string, directory: string): Promise<string> {
  const [path = '', version = ''] = program.split('@');
  const file = join(directory, path.split('/').at(-1) ?? '');
  await withGo(async (go) => {
    const module = await mkdtemp(join(tmpdir(), 'matrix-deploy-module-'));
    try {
      // `go install` wants the list of all versions of a module, too, which a proxy may not have.
      const requirement = `require ${path.split('/').slice(0, 3).join('/')} ${version}`;
      await writeFile(join(module, 'go.mod'), `module lab\n\ngo ${debian.version}\n\n${requirement}\n`);
      const settings = ['-C', module, 'CGO_ENABLED=0', 'GOTOOLCHAIN=auto'];
      const build = ['build', '-mod=mod', '-trimpath', '-ldflags=-s -w', '-o', file, path];
      await run('env', [...settings, go, ...build], { timeoutSeconds: 1800 });
    } finally {
      await rm(module, { recursive: true, force: true });
    }
  });
  return file;
}

/** @param use gets the path of this machine's Go, or of Debian's, unpacked for as long as this takes */
async function withGo(use: (go: string) => Promise<void>): Promise<void> {
  const own = await findProgram('go');
  if (own !== undefined) return use(own);
  const unpacked = await mkdtemp(join(tmpdir(), 'matrix-deploy-go-'));
  try {
    const { suite, version } = debian;
    await unpackPackages(suite, [`golang-${version}-go`, `golang-${version}-src`], unpacked);
    await use(join(unpacked, `usr/lib/go-${version}/bin/go`));
  } finally {
    await rm(unpacked, { recursive: true, force: true });
  }
}
