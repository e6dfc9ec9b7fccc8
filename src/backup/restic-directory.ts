import { basename, dirname } from 'node:path';
import type { ResticAccess } from './restic-job.ts';

/**
 * Runs restic in a complete repository only: `createScript` makes the file `config` readable for the group last.
 * Restic makes new files accessible to the group if `config` is (`DeriveModesFromFileInfo` of its local backend).
 */
export const wholeScript = `
  case $(stat -c %A /repository/config 2>/dev/null) in
    ????r*) exec "$@" ;;
    *) exit 10 ;;
  esac`;

/**
 * Completes a creation that was killed at any point, since it makes `config` readable for the group last. Keys
 * without a `config` are left from a killed creation, and restic would refuse to continue, so the script removes
 * them. It does not if there is data that they may open.
 */
export const createScript = `
  if ! [ -e /repository/config ]; then
    if [ -d /repository/data ] && [ -n "$(find /repository/data /repository/snapshots -type f)" ]; then
      echo 'the file config is lost, and there is data' >&2
      exit 1
    fi
    rm -rf /repository/keys
    "$@"
  fi
  find /repository -mindepth 1 -type d -exec chmod 0770 {} +
  find /repository/keys -type f -exec chmod 0440 {} +
  chmod 0440 /repository/config`;

/** Also removes the incomplete files of a killed restic: they have other names than complete ones, and would stay. */
export const unlockScript = `
  "$@"
  find /repository -type f -name '*-tmp-*' -exec rm -f {} +`;

/**
 * Creates the directory of a local repository, or restores its owner and mode. A server creates its own directory.
 */
export async function makeDirectory({ engine, project, image, place, owner }: ResticAccess): Promise<void> {
  if (place.kind !== 'local') return;
  const { path } = place;
  const directories = [{ path: basename(path), owner, mode: 0o770 }];
  await engine.makeDirectories({ project, image, parent: dirname(path), directories });
}
