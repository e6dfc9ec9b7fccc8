import { converge } from '../apply/converge.ts';
import { type Deployment, type PlannedDeployment, planDeployment } from '../apply/deployment.ts';
import { registry } from '../components/components.ts';
import type { SecretSpec } from '../components/secret.ts';
import { homeserver } from '../components/synapse/listener.ts';
import type { Context } from '../context.ts';
import { PreflightError, UserError } from '../errors.ts';
import { backupKey, secretPath, sshKey } from '../layout.ts';
import { openHomeserver } from '../matrix/homeserver.ts';
import { keepToolPassword } from '../matrix/tool-password.ts';
import { sessionFile } from '../matrix/tool-session.ts';
import type { Emit } from '../plan/events.ts';
import type { Plan } from '../plan/plan.ts';
import { rotatedFor } from '../plan/rotation.ts';
import { sourcesOf } from '../plan/secrets.ts';
import { fingerprintKey } from '../secrets/fingerprint.ts';
import { unlockedStack } from '../stack/stack.ts';
import { listGivenSecrets } from '../state/given-secrets.ts';
import { writeIdentity } from '../state/identity.ts';
import { markRotation } from '../state/rotation.ts';
import { readSecret } from '../state/secrets.ts';
import { changeOnRequest } from './change-deployment.ts';
import { adminPassword } from './init.ts';
import { listSecrets, noSuchSecret, refusePermanent } from './secrets.ts';

/** The plan of a rotation of secrets: nothing is done yet. */
export interface PlannedRotation {
  /** The secrets to replace, each once. */
  readonly secrets: readonly SecretSpec[];
  readonly planned: PlannedDeployment;
}

/**
 * Plans the rotation of secrets.
 *
 * @throws UserError for a secret that the tool cannot replace; PreflightError where the deployment was not seen
 *   working yet; what `planDeployment` throws.
 */
export async function planRotation(
  deployment: Deployment,
  names: readonly string[],
): Promise<PlannedRotation> {
  const secrets: SecretSpec[] = [];
  for (const name of names) {
    const secret = await findRotated(deployment, name);
    if (!secrets.includes(secret)) secrets.push(secret);
  }
  const planned = await planDeployment({
    ...deployment,
    rotates: { secrets, now: deployment.clock.now() },
  });
  refuseUnserved(secrets, planned);
  return { secrets, planned };
}

async function findRotated({ directory, config }: Deployment, name: string): Promise<SecretSpec> {
  const given = await listGivenSecrets(directory);
  const stack = unlockedStack(config);
  refusePermanent(config[registry], name, stack.secretUses);
  if (given.some((one) => one.name === name) || stack.secretUses.some(({ secret }) => secret === name)) {
    throw new UserError(`${name} is a secret of your own: only you can replace it`, {
      code: 'secrets.given',
      hint: `Run \`matrix-deploy secrets set ${name}\`, then \`matrix-deploy apply\`. Nothing was changed.`,
    });
  }
  const secret = rotatedFor(name, [...stack.secrets, fingerprintKey]);
  if (secret !== undefined) return secret;
  const made = stack.secrets.find((one) => one.name === name);
  throw made === undefined ? await notRotated({ directory, config }, name) : madeOfSeveral(made);
}

/** How to replace a file in secrets/ that no service reads, by its name. */
const otherWays: Readonly<Record<string, string>> = {
  [sessionFile]: 'Run `matrix-deploy users revoke-tool-session`.',
  [adminPassword]: 'Run `matrix-deploy users set-password`.',
  [backupKey.name]: `Anybody who has it can read the existing backups, whatever key is added to them. For backups with a new one: set another path in backup.targets, move ${secretPath(backupKey.name)} away, run \`matrix-deploy backup\`, then delete the old backups.`,
  [sshKey]: `Remove ${secretPath(sshKey)}, then run \`matrix-deploy backup check-target\`: it creates another one, and shows what the ssh server must be told.`,
};

function madeOfSeveral({ name, recipe }: SecretSpec): UserError {
  const [first, ...others] = sourcesOf(recipe);
  return new UserError(`${name} is made of several secrets: ${[first, ...others].join(', ')}`, {
    code: 'secrets.several',
    hint: `Rotate the one to replace, as in \`matrix-deploy secrets rotate ${first}\`: ${name} is then written again. Nothing was changed.`,
  });
}

async function notRotated(
  { directory, config }: Pick<Deployment, 'directory' | 'config'>,
  name: string,
): Promise<UserError> {
  const isThere = (await listSecrets(directory, config[registry])).some((secret) => secret.name === name);
  if (!isThere) return noSuchSecret(name);
  const way = otherWays[name] ?? 'There is nothing to rotate.';
  return new UserError(`no service of this deployment reads ${name}`, {
    code: 'secrets.unread',
    hint: `${way} Nothing was changed.`,
  });
}

/** Refuses a deployment that was not seen working yet: its secrets are unused, and its identity is not recorded. */
function refuseUnserved(secrets: readonly SecretSpec[], { observed }: PlannedDeployment): void {
  const { recorded } = observed.identity;
  const isKnown = ({ name, rotation }: SecretSpec) =>
    !rotation?.keepsPredecessor || recorded?.predecessors[secretPath(name)] !== undefined;
  if (recorded === undefined || !secrets.every(isKnown)) {
    throw new PreflightError('this deployment was not seen working yet', {
      code: 'secrets.unserved',
      hint: 'Run `matrix-deploy apply` first. Nothing was changed.',
    });
  }
}

interface RotateOptions {
  readonly names: readonly string[];
  readonly emit: Emit;
  readonly interrupt: AbortSignal;
}

/**
 * Replaces secrets wherever they are stored, and restarts the services that read them. Records the rotation first, so
 * that any later `apply` finishes it.
 *
 * @returns the operations that were done
 */
export function rotateSecrets(
  context: Context,
  deployment: Deployment,
  options: RotateOptions,
): Promise<Plan> {
  const action = (logged: RotateOptions) => rotate(context, deployment, logged);
  return changeOnRequest(context, deployment, 'secrets rotate', options, action);
}

async function rotate(
  context: Context,
  deployment: Deployment,
  { names, emit, interrupt }: RotateOptions,
): Promise<Plan> {
  const { directory } = deployment;
  // Once more: another run may have changed something since the operator was asked.
  const { secrets, planned } = await planRotation(deployment, names);
  const createsUsers = secrets.some(({ name }) => name === homeserver.registrationSecret);
  if (createsUsers) {
    await keepToolPassword(
      directory,
      await readSecret(directory, homeserver.registrationSecret).catch(() => undefined),
    );
  }
  const { recorded } = planned.observed.identity;
  if (recorded !== undefined && secrets.some(({ rotation }) => rotation?.keepsPredecessor)) {
    await writeIdentity(directory, recorded);
  }
  for (const { name, rotation } of secrets) {
    if (!rotation?.keepsPredecessor) await markRotation(directory, name);
  }
  const done = await converge(deployment, { emit, interrupt, overwriteEdits: false });
  if (createsUsers) await useNewPassword(context, directory, emit);
  return done;
}

/** Makes a first call as the tool account, which gives the account its new password. */
async function useNewPassword(context: Context, directory: string, emit: Emit): Promise<void> {
  try {
    const { admin } = await openHomeserver(context, directory);
    await admin({ method: 'GET', path: '/_matrix/client/v3/account/whoami' });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    emit({
      type: 'note',
      text: `matrix-deploy's own account has no new password yet, and gets it the next time it is used: ${error.message}`,
    });
  }
}
