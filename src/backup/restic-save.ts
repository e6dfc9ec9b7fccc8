import type { SaveRequest, SaveSource } from './repository.ts';
import { type ResticAccess, type ResticCall, repositoryHost } from './restic-job.ts';

/** The call of restic for a request to save something. */
export function saveCall(access: ResticAccess, { tags, user, source }: SaveRequest): ResticCall {
  const backup = ['backup', `--host=${repositoryHost(access)}`, ...tags.map((tag) => `--tag=${tag}`)];
  return { user, ...sourceCall(backup, source, access.place.kind !== 'local') };
}

function sourceCall(backup: readonly string[], source: SaveSource, isRemote: boolean): ResticCall {
  switch (source.kind) {
    case 'directory': {
      const { path, at, exclude = [] } = source;
      const excluded = exclude.map((below) => `--exclude=${literalPattern(`${at}/${below}`)}`);
      return {
        stage: `saving ${at}`,
        arguments: [...backup, ...excluded, '--', at],
        mounts: [{ source: path, target: at }],
      };
    }
    case 'bytes': {
      const { name, content } = source;
      const named = ['--stdin', `--stdin-filename=${name}`];
      const input = Buffer.concat([Buffer.from(`${Buffer.byteLength(content)}\n`), Buffer.from(content)]);
      return { stage: `saving ${name}`, arguments: [...backup, ...named], input, script: onlyWhole };
    }
    case 'command': {
      const { name, command, job } = source;
      const named = ['--stdin-from-command', `--stdin-filename=${name}`];
      // For a repository on another machine, the program runs outside of restic's container: see `savePiped`.
      if (isRemote) return { stage: `saving ${name}`, arguments: [...backup, ...named] };
      return {
        stage: `saving ${name}`,
        arguments: [...backup, ...named, '--', ...command],
        job,
      };
    }
  }
}

/**
 * Runs restic if all of its standard input arrives, of which the first line tells how many bytes follow. When this
 * program is killed, its connection to the container ends, and restic would save what has arrived by then: a manifest
 * that nobody can read.
 */
const onlyWhole = `
    read -r bytes
    cat >"$TMPDIR/input"
    if [ "$(stat -c %s "$TMPDIR/input")" -ne "$bytes" ]; then
      echo 'the input has ended early' >&2
      exit 1
    fi
    exec "$@" <"$TMPDIR/input"`;

/** Escapes a path for restic's patterns, which are those of Go's `filepath.Match`. */
function literalPattern(path: string): string {
  return path.replaceAll(/[\\*?[\]]/g, '\\$&').replaceAll('$', '$$$$');
}
