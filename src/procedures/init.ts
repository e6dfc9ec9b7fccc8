import { join } from 'node:path';
import { type Deployment, inDirectory, openDeployment, planDeployment } from '../apply/deployment.ts';
import type { OutsideFinding } from '../apply/verify-outside.ts';
import { homeserver } from '../components/synapse/listener.ts';
import type { Warning } from '../components/warning.ts';
import type { Answers } from '../config/answers.ts';
import { localConfigValues, publicConfigValues, rootsFile, usualProxiedPort } from '../config/create.ts';
import { parseConfig } from '../config/parse.ts';
import type { Context } from '../context.ts';
import { LockError } from '../errors.ts';
import { isIpv6Only } from '../host/address-ranges.ts';
import { ensureDirectory, namesIn, readIfExists, writeAtomically } from '../host/files.ts';
import { findFreePort } from '../host/free-port.ts';
import { userIdOf } from '../identifiers/user-id.ts';
import { layout, modes, secretPath } from '../layout.ts';
import { callerHeaders } from '../matrix/caller-headers.ts';
import { homeserverOrigin } from '../matrix/homeserver.ts';
import { httpApi } from '../matrix/http-api.ts';
import { registerUser } from '../matrix/registration.ts';
import type { Emit } from '../plan/events.ts';
import { fileLosses } from '../plan/file-losses.ts';
import { refuseForeignFiles } from '../plan/foreign-files.ts';
import { isEmpty } from '../plan/plan.ts';
import { planToLines } from '../plan/plan-text.ts';
import type { CheckOptions } from '../preflight/check-host.ts';
import { createConfigText } from '../render/new-config.ts';
import { generatePassword } from '../secrets/generate.ts';
import type { Secret } from '../secrets/secret.ts';
import { unlockedStack } from '../stack/stack.ts';
import { foreignComposeFiles } from '../state/foreign-compose-files.ts';
import { type GivenValues, writeGivenSecret } from '../state/given-secrets.ts';
import { writeRecord } from '../state/records.ts';
import { readSecret, writeSecret } from '../state/secrets.ts';
import { bringUp, verifyDeployment } from './bring-up.ts';
import { changeDeployment } from './change-deployment.ts';
import { type WantedDocument, wantedDocuments, wantedRecords } from './delegation.ts';
import { checkUndisturbed } from './undisturbed.ts';
import { describeWarning, findWarnings } from './warn.ts';

export interface ServerRequest {
  readonly directory: string;
  /** The matrix.yaml to begin with, for a directory that has none. */
  newConfig(): Promise<string>;
  /** PEM of the CA certificates of a private CA, for a directory that has no matrix.yaml. */
  readonly roots?: string | undefined;
  /** The first admin's localpart. */
  readonly admin: string;
  /** Generated, and kept in a file of secrets/, when absent. */
  readonly password?: Secret | undefined;
  /** The secrets that matrix.yaml names, for a directory that has no matrix.yaml. */
  readonly secrets?: GivenValues | undefined;
  /** `false` only writes the configuration, to be edited. */
  readonly start: boolean;
  /** Options for the check of the host. */
  readonly checks: CheckOptions;
  readonly emit: Emit;
  /** Shows the plan and asks; throws when the answer is no. Absent when nobody is to be asked. */
  readonly confirm: ((plan: readonly string[]) => Promise<void>) | undefined;
}

export interface InitResult {
  readonly directory: string;
  /** Whether anything had to be done. */
  readonly changed: boolean;
  /** Whether the server was started, and not only configured. */
  readonly started: boolean;
  readonly url: string;
  readonly userId: string;
  /** Path of the file with the admin's password; absent where the operator gave one. */
  readonly passwordFile?: string;
  /** Paths of the certificates that a client must trust, beside the public ones. */
  readonly roots: readonly string[];
  /** About settings that will not work, or not as meant, and about what changed files would permanently lose. */
  readonly warnings: readonly Warning[];
  /** The findings of the external checks. */
  readonly outside: readonly OutsideFinding[];
  /** Documents that another site must serve on the server name; none where this server serves them. */
  readonly documents: readonly WantedDocument[];
  /** The SRV records that lead other homeservers here, as a zone file writes them; none where no records are used. */
  readonly records: readonly string[];
}

const firstPort = 8443;
export const adminPassword = 'admin_password';

/**
 * Sets up a server and its first admin. A repeated run continues, or finds everything done: each step looks at the
 * actual state to see whether it is needed.
 *
 * @throws ConfigError where the directory has an override file of Compose; LockError while another run changes the
 *   directory; PreflightError where the host cannot run the server. Nothing is written then.
 */
export async function setUpServer(context: Context, request: ServerRequest): Promise<InitResult> {
  const { directory } = request;
  const existing = await readIfExists(join(directory, layout.config));
  const text = existing ?? (await request.newConfig());
  const config = parseConfig(text, await context.components());
  const { roots, checks } = request;
  const secrets = existing === undefined ? request.secrets : undefined;
  // Before the check of the host, which would only report that a new directory is not empty.
  refuseForeignFiles(foreignComposeFiles(await namesIn(directory)));
  const { uncertainNames } = await checkUndisturbed({ directory, config, roots, secrets }, context, checks);
  const found = await findWarnings(config, context);
  const deployment = await openDeployment(context, directory, { config, text });
  // Planning refuses what must not be started, even when nobody is asked to confirm.
  const { plan, desired, observed } = await planDeployment({ ...deployment, aboutToBeSet: secrets });
  const warnings = [...found, ...fileLosses(desired, observed)];
  for (const warning of warnings) {
    request.emit({ type: 'note', text: describeWarning(warning) });
  }
  if (!isEmpty(plan)) {
    await request.confirm?.(planToLines(plan));
  }
  const setUp = async (emit: Emit) => {
    await refuseOvertaken(directory, existing);
    if (existing === undefined) {
      await writeConfiguration(deployment, request);
    }
    const starting = { ...request, emit };
    const changed = request.start && (await start(context, deployment, starting, uncertainNames));
    const outside = request.start ? await verifyDeployment(deployment, context, { waits: true }) : [];
    return describeResult(deployment, request, {
      changed: changed || existing === undefined,
      outside,
      warnings,
    });
  };
  return changeDeployment(context, deployment, 'init', setUp, request.emit);
}

/** Refuses to go on from a matrix.yaml that another run has written, or changed, since it was read. */
async function refuseOvertaken(directory: string, read: string | undefined): Promise<void> {
  if ((await readIfExists(join(directory, layout.config))) !== read) {
    throw new LockError(`${layout.config} in ${directory} has changed since this run has read it`, {
      code: 'lock.overtaken',
      hint: 'Another run may have set up this server meanwhile: see `matrix-deploy status`. Then run the command again.',
    });
  }
}

/** The first matrix.yaml of a new server; a local server gets the first free port. */
export async function newConfigText(
  answers: Answers,
  { surroundings }: Pick<Context, 'surroundings'>,
): Promise<string> {
  const { local, edge, server_name = '' } = answers;
  const freePort = (first: number) => findFreePort('127.0.0.1', first);
  if (local) return createConfigText(localConfigValues(server_name, await freePort(firstPort), answers));
  const { machine } = await surroundings();
  const proxiedPort = edge === 'host-proxy' ? await freePort(usualProxiedPort) : undefined;
  return createConfigText(
    publicConfigValues(answers, { proxiedPort, isIpv6Only: isIpv6Only(machine.addresses()) }),
  );
}

async function writeConfiguration(deployment: Deployment, request: ServerRequest): Promise<void> {
  const { roots, admin, secrets = {} } = request;
  await ensureDirectory(deployment.directory, modes.directory);
  // matrix.yaml does not name the admin, and another run must not create another admin.
  await writeRecord(inDirectory(deployment, layout.setUp), { admin });
  // The files that matrix.yaml names are written before it.
  if (roots !== undefined) {
    await writeAtomically(inDirectory(deployment, rootsFile), roots, modes.rendered);
  }
  for (const [name, secret] of Object.entries(secrets)) {
    await writeGivenSecret(deployment.directory, name, secret);
  }
  await writeAtomically(inDirectory(deployment, layout.config), deployment.configText, modes.rendered);
}

/** @returns whether anything had to be done */
async function start(
  context: Context,
  deployment: Deployment,
  request: ServerRequest,
  uncertainNames: readonly string[],
): Promise<boolean> {
  const done = await bringUp(deployment, {
    uncertainNames,
    emit: request.emit,
    interrupt: context.interrupt,
    overwriteEdits: false,
  });
  const registration = await ensureAdmin(context, deployment, request);
  return done.length > 0 || registration === 'created';
}

function describeResult(
  { directory, config }: Deployment,
  { admin, password, start: started }: ServerRequest,
  seen: Pick<InitResult, 'changed' | 'outside' | 'warnings'>,
): InitResult {
  const stack = unlockedStack(config);
  const { delegation, roots } = stack;
  return {
    directory,
    ...seen,
    started,
    url: delegation.clientUrl,
    userId: userIdOf(admin, config.server_name),
    ...(password === undefined ? { passwordFile: join(directory, secretPath(adminPassword)) } : {}),
    roots: roots.map((path) => join(directory, path)),
    documents: delegation.isElsewhere ? wantedDocuments(config.server_name, delegation) : [],
    records: wantedRecords(stack),
  };
}

async function ensureAdmin(context: Context, deployment: Deployment, { admin, password }: ServerRequest) {
  const { directory, engine, random, config } = deployment;
  const stack = unlockedStack(config);
  const secret = await readSecret(directory, homeserver.registrationSecret);
  const origin = homeserverOrigin(stack, await engine.containers(stack.project));
  return registerUser(httpApi(origin, callerHeaders(secret), context), secret, {
    localpart: admin,
    password: password ?? (await ensurePassword(directory, random)),
    admin: true,
  });
}

async function ensurePassword(directory: string, random: Deployment['random']): Promise<Secret> {
  if ((await readIfExists(join(directory, secretPath(adminPassword)))) === undefined) {
    await writeSecret(directory, adminPassword, generatePassword(random));
  }
  return readSecret(directory, adminPassword);
}
