import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { pack } from 'tar-stream';
import { PreflightError } from '../../errors.ts';
import type { ProgramResult } from '../../host/child-process.ts';
import type { RemoteHost } from '../../host/ssh.ts';
import { lastLines } from '../../host/text.ts';
import { packageFile, publishedPaths, version } from '../../package.ts';

/** Where this program is put on the other host. */
const toolDirectory = '/usr/local/lib/matrix-deploy';

/** Replaces an installed version as a whole. Adds a link to the PATH, unless a `matrix-deploy` is already in it. */
const unpack = `
  mkdir -p "$1.new"; rm -rf "$1.new"; mkdir "$1.new"
  tar --extract --file=- --directory="$1.new" --no-same-owner -p
  rm -rf "$1.old"; if [ -e "$1" ]; then mv "$1" "$1.old"; fi
  mv "$1.new" "$1"; rm -rf "$1.old"
  if ! command -v matrix-deploy >/dev/null; then ln -s "$1/bin/matrix-deploy.cjs" /usr/local/bin/matrix-deploy; fi`;

/**
 * Installs this program, in this version, on another host, which has Node.js.
 *
 * @throws PreflightError if it does not run there
 */
export async function installTool(remote: RemoteHost): Promise<void> {
  const unpacked = await remote.run(unpack, [toolDirectory], { input: await archiveOfPackage() });
  if (unpacked.exitCode !== 0) {
    throw new PreflightError(`matrix-deploy could not be installed on ${remote.name}`, {
      code: 'move.tool',
      details: lastLines(unpacked.output),
      hint: `It must be possible to write to ${toolDirectory} there. Nothing else was done there.`,
    });
  }
  const answer = await runTool(remote, ['--version']);
  if (answerOf(answer) !== version()) {
    throw new PreflightError(`matrix-deploy ${version()} does not run on ${remote.name}`, {
      code: 'move.tool',
      details: lastLines(answer.output),
      hint: 'It needs Node.js 20.19 or newer there. Nothing else was done there.',
    });
  }
}

/** Runs this program on another host, where it was installed. */
export function runTool(
  remote: RemoteHost,
  argv: readonly string[],
  session: Parameters<RemoteHost['run']>[2] = {},
) {
  const program = `exec node ${toolDirectory}/bin/matrix-deploy.cjs "$@"`;
  return remote.run(program, argv, session);
}

/** The answer of a command: its last line of output. The login shell of the other host may write lines before it. */
export function answerOf({ stdout }: Pick<ProgramResult, 'stdout'>): string {
  return lastLines(stdout, 1)[0]?.trim() ?? '';
}

async function archiveOfPackage(): Promise<Readable> {
  const root = fileURLToPath(packageFile(''));
  const archive = pack();
  for (const name of publishedPaths()) {
    for (const path of await filesBelow(root, name)) {
      const mode = path.startsWith('bin/') ? 0o755 : 0o644;
      archive.entry({ name: path, mode }, await readFile(join(root, path)));
    }
  }
  archive.finalize();
  return Readable.from(archive, { objectMode: false });
}

async function filesBelow(root: string, name: string): Promise<string[]> {
  const found = await lstat(join(root, name)).catch(() => undefined);
  if (found === undefined) return [];
  if (!found.isDirectory()) return [name];
  const entries = await readdir(join(root, name), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name: file }) => join(parentPath, file).slice(root.length));
}
