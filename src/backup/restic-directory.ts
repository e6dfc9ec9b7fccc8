import { basename, dirname } from 'node:path';
import type { ResticAccess } from './restic-job.ts';

/** Restic makes what it adds accessible to its group where the file `config` is (`DeriveModesFromFileInfo` of its local backend). */
export const wholeScript = `
  case $(stat -c %A /repository/config 2>/dev/null) in
    ????r*) exec "$@" ;;
    *) exit 10 ;;
  esac`;

/**
 * Converges whenever it was killed: `config` is made readable for the group last. Keys without one are of a creation that
 * was killed, and restic would refuse to go on; not where there is anything that they may open.
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

/** With what a killed restic has half written, which it gives another name than what is whole, and never removes. */
export const unlockScript = `
  "$@"
  find /repository -type f -name '*-tmp-*' -exec rm -f {} +`;

/** Makes the directory of a repository, or gives it back its owner and mode; a server makes its own. */
export async function makeDirectory({ engine, project, image, place, owner }: ResticAccess): Promise<void> {
  if (place.kind !== 'local') return;
  const { path } = place;
  const directories = [{ path: basename(path), owner, mode: 0o770 }];
  await engine.makeDirectories({ project, image, parent: dirname(path), directories });
}
