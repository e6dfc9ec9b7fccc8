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
  /** Where it is reached, such as http://172.18.0.3:8008. */
  readonly origin: string;
  readonly stack: StackSummary;
  /** As nobody. */
  readonly api: Api;
  /** As an admin, in a session of our own. */
  readonly admin: Api;
  readonly registrationSecret: Secret;
  /** Ends what is not a change of it. */
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
 * Where the homeserver's API is, on the network of its container. Its host reaches it there, and must bear a key; nobody
 * else can, since the port is not published.
 *
 * @throws UserError when it does not run.
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

/** As an admin, from the first call on: most users are made without one. */
function adminApi(session: ToolSession): Api {
  let admin: Promise<Api> | undefined;
  return async (call) => {
    admin ??= import('./tool-session.ts').then(({ asAdmin }) => asAdmin(session));
    return (await admin)(call);
  };
}
