import { ConfigError, PreflightError } from '../errors.ts';
import { isObject } from '../json-object.ts';
import { composeFile, layout } from '../layout.ts';
import { type Stack, serverNameOf } from '../stack/stack.ts';
import { parseFound } from './found-yaml.ts';
import type { ObservedState } from './observed-state.ts';

/**
 * Refuses another server name for a deployment that exists: user IDs, room IDs and signatures contain the old one,
 * and the containers of the new one would run beside those of the old, on the same data.
 *
 * @throws ConfigError naming both; PreflightError when only the identity record names another server.
 */
export function refuseOtherServerName(
  stack: Pick<Stack, 'project' | 'serverName'>,
  { files, identity: { recorded } }: Pick<ObservedState, 'files' | 'identity'>,
): void {
  const project = projectOf(files[composeFile]);
  if (project === stack.project && recorded !== undefined && recorded.serverName !== stack.serverName) {
    throw new PreflightError(`${layout.data} belongs to ${recorded.serverName}, not to ${stack.serverName}`, {
      code: 'plan.replaced',
      details: [`${layout.identityCopy} names it`],
      hint: `Put the own ${layout.data} back from a backup. Nothing was changed.`,
    });
  }
  const before = project === undefined ? recorded?.serverName : serverNameOf(project);
  if (before !== undefined && before !== stack.serverName) {
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
  const document = parseFound(compose);
  return isObject(document) && typeof document.name === 'string' ? document.name : undefined;
}
