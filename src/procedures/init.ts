import { join } from 'node:path';
import { converge } from '../apply/converge.ts';
import { type Deployment, planDeployment } from '../apply/deployment.ts';
import type { Emit } from '../apply/events.ts';
import { homeserver } from '../components/synapse/synapse.ts';
import { createConfigText, localConfigValues } from '../config/create.ts';
import { parseConfig } from '../config/parse.ts';
import { type Context, openDeployment } from '../context.ts';
import { UserError } from '../errors.ts';
import { ensureDirectory, readIfExists, writeAtomically } from '../host/files.ts';
import { findFreePort } from '../host/ports.ts';
import { checkHost } from '../host/preflight.ts';
import { registerUser } from '../matrix/registration.ts';
import { planToLines } from '../plan/plan.ts';
import { generatePassword } from '../secrets/generate.ts';
import type { Secret } from '../secrets/secret.ts';
import { describeStack } from '../stack/stack.ts';
import { layout, modes, secretPath } from '../state/layout.ts';
import { withLock } from '../state/run-lock.ts';
import { readSecret, writeSecret } from '../state/secrets.ts';

interface LocalServerRequest {
  readonly directory: string;
  readonly serverName: string;
  readonly admin: string;
  readonly emit: Emit;
  /** Shows the plan and asks; throws when the answer is no. Absent when nobody is to be asked. */
  readonly confirm: ((plan: readonly string[]) => Promise<void>) | undefined;
}

export interface InitResult {
  readonly directory: string;
  /** Did anything have to be done? */
  readonly changed: boolean;
  readonly url: string;
  readonly userId: string;
  /** Path of the file with the admin's password. */
  readonly passwordFile: string;
  /** Paths of the certificates that a client must trust, beside the public ones. */
  readonly roots: readonly string[];
}

const firstPort = 8443;
const adminPassword = 'admin_password';

/**
 * Sets up a server on this machine and its first admin. Run again it continues, or finds everything done: each step
 * asks reality whether it is needed.
 */
export async function setUpLocalServer(context: Context, request: LocalServerRequest): Promise<InitResult> {
  const { directory, admin } = request;
  const existing = await readIfExists(join(directory, layout.config));
  const text = existing ?? (await newConfigText(request.serverName));
  const deployment = await openDeployment(context, directory, { config: parseConfig(text), text });
  await checkHost(deployment.engine, deployment.compose);
  const { plan } = await planDeployment(deployment);
  if (request.confirm !== undefined) {
    await request.confirm(planToLines(plan));
  }
  return withLock(context, directory, 'init', async () => {
    if (existing === undefined) {
      await ensureDirectory(directory, modes.directory);
      await writeAtomically(join(directory, layout.config), text, modes.rendered);
    }
    const done = await converge(deployment, {
      emit: request.emit,
      interrupt: context.interrupt,
      overwriteEdits: false,
    });
    const registration = await ensureAdmin(deployment, admin);
    const { host, traefik } = deployment.config;
    return {
      directory,
      changed: done.length > 0 || registration === 'created',
      url: `https://${host}:${traefik.publish.https}`,
      userId: `@${admin}:${deployment.config.server_name}`,
      passwordFile: join(directory, secretPath(adminPassword)),
      roots: describeStack(deployment.config, {}).roots.map((path) => join(directory, path)),
    };
  });
}

async function newConfigText(serverName: string): Promise<string> {
  return createConfigText(localConfigValues(serverName, await findFreePort('127.0.0.1', firstPort)));
}

async function ensureAdmin(deployment: Deployment, localpart: string) {
  const { directory, engine, random, config } = deployment;
  const containers = await engine.containers(describeStack(config, {}).project);
  const container = containers.find(({ service }) => service === homeserver.service);
  if (container === undefined) {
    throw new UserError('the homeserver has no container', { code: 'init.container' });
  }
  return registerUser(
    engine,
    { container: container.id, url: homeserver.url },
    await readSecret(directory, homeserver.registrationSecret),
    { localpart, password: await ensurePassword(directory, random), admin: true },
  );
}

async function ensurePassword(directory: string, random: Deployment['random']): Promise<Secret> {
  if ((await readIfExists(join(directory, secretPath(adminPassword)))) === undefined) {
    await writeSecret(directory, adminPassword, generatePassword(random));
  }
  return readSecret(directory, adminPassword);
}
