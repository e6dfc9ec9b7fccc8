import { parse } from 'yaml';
import { ConfigError } from '../errors.ts';
import { composeFile } from '../stack/compose-file.ts';
import { type Stack, serverNameOf } from '../stack/stack.ts';
import { layout } from '../state/layout.ts';
import type { ObservedState } from '../state/observed-state.ts';

/**
 * Refuses another server name for a deployment that exists: user IDs, room IDs and signatures contain the old one, and
 * the containers of the new one would run beside those of the old, on the same data.
 *
 * @throws ConfigError naming both.
 */
export function refuseOtherServerName(stack: Stack, { files }: Pick<ObservedState, 'files'>): void {
  const project = projectOf(files[composeFile]);
  if (project !== undefined && project !== stack.project) {
    const before = serverNameOf(project);
    throw new ConfigError(
      `server_name is permanent: it is ${before}, and cannot become ${stack.serverName}`,
      {
        code: 'config.server-name',
        hint: `Put ${before} back into ${layout.config}. Another server needs a deployment directory of its own.`,
      },
    );
  }
}

function projectOf(compose: string | undefined): string | undefined {
  try {
    const name = parse(compose ?? '', { merge: true, logLevel: 'silent' })?.name;
    return typeof name === 'string' ? name : undefined;
  } catch {
    // Edited by hand into something else: what stands in it counts for nothing.
    return undefined;
  }
}
