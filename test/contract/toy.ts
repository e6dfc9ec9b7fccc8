import type { DataSpec } from '../../src/components/data.ts';
import type { Service } from '../../src/components/service.ts';

const owner = { uid: 1000, gid: 1000 };

/** What the services of all toys have in common: the user, small limits, and nothing that is optional. */
export const toyService = {
  user: owner,
  environment: {},
  tmpfs: [],
  ports: [],
  health: [],
  memory: '64m',
  pids: 10,
  stopGraceSeconds: 1,
  failures: { symptoms: [] },
} satisfies Partial<Service>;

/** A directory of a toy, which backups copy. */
export function toyData(path: string): DataSpec {
  return {
    path,
    witnessed: '',
    owner,
    mode: 0o700,
    directories: [],
    restrictedFiles: [],
    saved: { kind: 'copy', skip: [] },
  };
}
