import { homeserver } from '../components/synapse/listener.ts';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import type { Secret } from '../secrets/secret.ts';
import type { ContainerFacts } from '../stack/running.ts';
import { refuseForeign } from '../state/directory.ts';
import { readSecret } from '../state/secrets.ts';
import { type StackSummary, summarise } from '../state/summary.ts';
import type { Api } from './api.ts';
import { callerHeaders } from './caller-headers.ts';
import { httpApi } from './http-api.ts';
import type { ToolSession } from './tool-session.ts';

/** A deployment's running homeserver, reached from its host. */
export interface Homeserver {
  readonly directory: string;
  /** Its address, such as http://172.18.0.3:8008. */
  readonly origin: string;
  readonly stack: StackSummary;
  /** The API without an access token. */
  readonly api: Api;
  /** The API as an admin: as the tool account, in a session of its own. */
  readonly admin: Api;
  readonly registrationSecret: Secret;
  /** Ends work that does not change the homeserver, such as a download. */
  readonly interrupt: AbortSignal;
}

/**
 * The homeserver of a deployment directory.
 *
 * @throws ConfigError, PreflightError when Docker does not answer, UserError when the homeserver does not run.
 */
export async function openHomeserver(context: Context, directory: string): Promise<Homeserver> {
  const [stack, engine] = await Promise.all([
    summarise(directory, context),
    context.openEngineReads(context.interrupt),
  ]);
  const containers = await engine.containers(stack.project);
  await refuseForeign(directory, stack.serverName, containers);
  const origin = homeserverOrigin(stack, containers);
  const registrationSecret = await readSecret(directory, homeserver.registrationSecret);
  const api = httpApi(origin, callerHeaders(registrationSecret), context);
  return {
    directory,
    origin,
    stack,
    api,
    admin: adminApi({ api, directory, sharedSecret: registrationSecret }),
    registrationSecret,
    interrupt: context.interrupt,
  };
}

/**
 * The address of the homeserver's API on the network of its container. The host reaches it there, and must send a key
 * (see `callerHeaders`). Other machines cannot reach it, since the port is not published.
 *
 * @throws UserError when the homeserver does not run.
 */
export function homeserverOrigin(
  { project }: Pick<StackSummary, 'project'>,
  containers: readonly Pick<ContainerFacts, 'service' | 'status' | 'addresses'>[],
): string {
  const container = containers.find(({ service }) => service === homeserver.service);
  const address = container?.addresses[`${project}_${homeserver.network}`];
  if (address === undefined) {
    throw new UserError(`the homeserver does not run: ${container?.status ?? 'it has no container'}`, {
      code: 'matrix.down',
      hint: 'Nothing was done. Start it with `matrix-deploy apply`; see `matrix-deploy status`.',
    });
  }
  return `http://${address}:${homeserver.port}`;
}

/** The API as an admin. Its code is loaded at the first call: most users are created without such a call. */
function adminApi(session: ToolSession): Api {
  let admin: Promise<Api> | undefined;
  return async (call) => {
    admin ??= import('./tool-session.ts').then(({ asAdmin }) => asAdmin(session));
    return (await admin)(call);
  };
}
