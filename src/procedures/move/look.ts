import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PreflightError, UsageError } from '../../errors.ts';
import { ensureDirectory, isErrno, readWhole, temporaryPath } from '../../host/files.ts';
import type { RemoteHost } from '../../host/ssh.ts';
import { layout, modes } from '../../layout.ts';
import { shellWord } from '../../shell-word.ts';

/** What the answers of a host are judged against, before anything is written there. */
interface Wanted {
  /** The deployment directory here, and there. */
  readonly directory: string;
  readonly directoryThere: string;
  /** The repository here. An earlier run may have left a copy of it on the other host. */
  readonly repository: string;
  /** Whether an earlier run has already accepted that host and begun the move. */
  readonly isContinued: boolean;
}

/** A script that prints facts about the other host, one on each line. */
const questions = `
  echo "system $(uname -s)"
  if [ -e "$1" ]; then echo "same yes"; fi
  if command -v node >/dev/null; then echo "node $(node --version)"; fi
  if command -v tar >/dev/null; then echo "tar yes"; fi
  if [ -e "$2" ]; then ls -A "$2" | sed 's/^/entry /'; fi
  if [ -e "$3" ]; then ls -A "$3" | sed 's/^/backup /'; fi
  if [ -e "$3/config" ]; then sha256sum "$3/config" | sed 's/ .*//; s/^/repository /'; fi`;

/**
 * Checks that a host is not this one, is a Linux that can run this program, and has nothing in the server's place.
 * Changes nothing there.
 *
 * @throws PreflightError, UsageError
 */
export async function lookAtHost(remote: RemoteHost, wanted: Wanted): Promise<void> {
  const { directory, directoryThere } = wanted;
  // A file that only this host has. Addresses and names are not enough: there may be a router, or a cloned host.
  const mark = temporaryPath(join(directory, layout.state, 'here'));
  await ensureDirectory(join(directory, layout.state), modes.stateDirectory);
  await writeFile(mark, '');
  try {
    const { stdout } = await remote.run(questions, [mark, directoryThere, copyOf(directoryThere)]);
    judgeHost(remote.name, parseAnswers(stdout), wanted, await digestOf(join(wanted.repository, 'config')));
  } finally {
    await rm(mark, { force: true });
  }
}

/** Where the copy of the backups is on the other host: beside the deployment directory, which must be empty. */
export function copyOf(directoryThere: string): string {
  return `${directoryThere}.moving`;
}

type Answers = ReadonlyMap<string, readonly string[]>;

/** Parses lines such as `system Linux`, `entry a` and `entry b` into lists by their first word. */
export function parseAnswers(text: string): Answers {
  const answers = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [, name, value] = /^(\w+) (.*)$/.exec(line) ?? [];
    if (name !== undefined) answers.set(name, [...(answers.get(name) ?? []), value ?? '']);
  }
  return answers;
}

/**
 * @param digest of the file `config` of the repository here, in hexadecimal; `undefined` if there is none yet
 * @throws PreflightError, UsageError
 */
export function judgeHost(
  host: string,
  answers: Answers,
  { directoryThere, isContinued }: Pick<Wanted, 'directoryThere' | 'isContinued'>,
  digest: string | undefined,
): void {
  const answer = (name: string) => answers.get(name)?.[0];
  if (answer('same') !== undefined) {
    throw new UsageError(`${host} is this host`, {
      code: 'move.same',
      hint: 'Nothing was done. Name the host that the server is to move to.',
    });
  }
  if (answer('system') !== 'Linux' || answer('tar') === undefined) {
    throw refused(
      host,
      `it is ${answer('system') ?? 'not known what it is'}`,
      'It must be a Linux with tar.',
    );
  }
  if (!isRecent(answer('node'))) {
    const found = answer('node');
    throw refused(
      host,
      found === undefined ? 'it has no Node.js' : `its Node.js is ${found}`,
      'Install Node.js 20.19 or newer there, so that `node` is found without a terminal, too.',
    );
  }
  const entries = (answers.get('entry') ?? []).filter((name) => name !== 'lost+found');
  if (!isContinued && entries.length > 0) {
    throw new UsageError(`${directoryThere} on ${host} is not empty: ${entries.slice(0, 5).join(', ')}`, {
      code: 'move.used',
      hint: 'Nothing was done. Name another directory with --directory-there, or empty that one.',
    });
  }
  const copied = isContinued ? [] : (answers.get('backup') ?? []);
  if (copied.length > 0 && (digest === undefined || answer('repository') !== digest)) {
    const place = copyOf(directoryThere);
    throw new UsageError(`${place} on ${host} has something else than a copy of these backups`, {
      code: 'move.used',
      hint: `Nothing was done. Remove it there (\`rm -r ${shellWord(place)}\`), or name another directory with --directory-there.`,
    });
  }
}

function isRecent(node: string | undefined): boolean {
  const [, major = 0, minor = 0] = /^v(\d+)\.(\d+)/.exec(node ?? '')?.map(Number) ?? [];
  return major > 20 || (major === 20 && minor >= 19);
}

function refused(host: string, finding: string, remedy: string): PreflightError {
  return new PreflightError(`${host} cannot take the server: ${finding}`, {
    code: 'move.host',
    hint: `Nothing was done there. ${remedy}`,
  });
}

async function digestOf(path: string): Promise<string | undefined> {
  try {
    return createHash('sha256')
      .update(await readWhole(path))
      .digest('hex');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}
