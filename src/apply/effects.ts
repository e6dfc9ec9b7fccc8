import { rm } from 'node:fs/promises';
import { UnhealthyError } from '../errors.ts';
import { uninterruptible } from '../host/bounds.ts';
import { withEntry } from '../host/entry.ts';
import { secretPath } from '../layout.ts';
import type { Emit } from '../plan/events.ts';
import type { ObservedState } from '../plan/observed-state.ts';
import type { OperationWork } from '../plan/operation.ts';
import type { Desired } from '../plan/reconcile.ts';
import { generateSecret } from '../secrets/generate.ts';
import { endRotation } from '../state/rotation.ts';
import { readSecret, readTextSecrets, writeSecret } from '../state/secrets.ts';
import { admit, type BeforeAdmission, startBehind } from './admit.ts';
import { batched } from './batch.ts';
import { checkConfiguration } from './check-configuration.ts';
import { couldNotStart } from './could-not-start.ts';
import { type Deployment, inDirectory } from './deployment.ts';
import { discreetEngine } from './discreet-engine.ts';
import type { Perform } from './execute.ts';
import { fillCache } from './fill-cache.ts';
import { giveCertificate } from './give-certificate.ts';
import { makeMountedDirectories } from './mounted-directories.ts';
import { prepareData } from './prepare-data.ts';
import { readRoots } from './probe.ts';
import { provide } from './provide.ts';
import { repairAccess } from './repair-access.ts';
import { type Revivals, waitForProbe } from './wait-for-probe.ts';
import { bundleKeeper } from './write-bundle.ts';
import { fileWriter } from './write-files.ts';

/** How long a container that is no longer part of the stack may take to end by itself. */
const graceSeconds = 30;

/**
 * The methods of Compose, in the order in which they are called: a service is stopped before a service that it uses.
 */
const ways = ['create', 'replace', 'recreate', 'up'] as const;

/** Callbacks of the effects: for events, and before a service is let in. */
interface Telling {
  readonly emit: Emit;
  readonly beforeAdmission?: BeforeAdmission | undefined;
}

/**
 * The effects of a plan's operations. They decide nothing: the plan has decided. The signal of the walk ends them.
 */
export function createEffects(
  given: Deployment,
  desired: Desired,
  observed: ObservedState,
  telling: Telling,
): Perform {
  let effects: Perform | undefined;
  return (operation, signal) => {
    effects ??= effectsOf(endedBy(signal, given), desired, observed, telling);
    return effects(operation, signal);
  };
}

/** A deployment whose engine and Compose end their work when a signal fires. */
function endedBy(signal: AbortSignal, deployment: Deployment): Deployment {
  const { engine, compose } = deployment;
  return { ...deployment, engine: engine.until(signal), compose: compose.until(signal) };
}

function effectsOf(
  given: Deployment,
  desired: Desired,
  observed: ObservedState,
  { emit, beforeAdmission }: Telling,
): Perform {
  const { stack, rendering } = desired;
  const confidential = async () => [
    ...desired.confidential,
    ...(await readTextSecrets(given.directory, stack.secrets)),
  ];
  const deployment = { ...given, engine: discreetEngine(given.engine, confidential) };
  const { directory, engine, compose, clock, random } = deployment;
  const services = serviceContainers(deployment, stack.project);
  const make = batched(async (wanted: { service: string; how: (typeof ways)[number] }[]) => {
    for (const how of ways) {
      const names = wanted.filter((one) => one.how === how).map(({ service }) => service);
      if (names.length > 0) {
        await compose[how](names).catch((error) => {
          throw how === 'create' ? error : couldNotStart(names, error);
        });
      }
    }
    services.forget();
  });
  const write = fileWriter(deployment, observed.written);
  const keepBundle = bundleKeeper(deployment);
  const revivals: Revivals = new Map();
  const around = async () => ({
    ...{ directory, stack, clock, revivals },
    roots: await readRoots(deployment, stack),
  });
  // A partial replacement would leave no container that answers, so an interrupt does not end it once it has begun.
  const gateTarget = async () => {
    const patient = discreetEngine(given.engine.until(uninterruptible), confidential);
    const container = await serviceContainers({ engine: patient }, stack.project).lookup();
    return { ...(await around()), container, engine: patient, signal: uninterruptible, beforeAdmission };
  };

  const startService = async ({ service, change, gate }: ServiceStart) => {
    await makeMountedDirectories(deployment, desired, service);
    if (gate !== undefined) {
      if (change === 'recreate') await make({ service, how: 'replace' });
      return startBehind(gate, service, await gateTarget());
    }
    if (change !== 'create') await make({ service, how: change === 'start' ? 'up' : 'recreate' });
    if (change === 'recreate') return;
    // Compose does not start a container that the engine lists as running. After a full disk, that list may be wrong.
    return engine.start(await services.id(service)).catch((error) => {
      throw couldNotStart([service], error);
    });
  };

  return async (operation, signal) => {
    switch (operation.kind) {
      case 'pull-image':
        return engine.pull(operation.reference, (done, total) =>
          emit({ type: 'progress', operation, text: `${megabytes(done)} of ${megabytes(total)} MB` }),
        );
      case 'create-secret': {
        const { name, recipe } = operation.secret;
        for (const replaced of operation.replaces ?? []) {
          await rm(inDirectory(deployment, secretPath(replaced)), { force: true });
        }
        const secret = await generateSecret(
          recipe,
          (source) => readSecret(directory, source),
          random,
          clock.now(),
        );
        await writeSecret(directory, name, secret, operation.access);
        return endRotation(directory, name);
      }
      case 'write-bundle':
        return keepBundle(operation.bundle);
      case 'remove-bundle':
        return keepBundle({ gone: operation.path });
      case 'give-certificate':
        return giveCertificate(deployment, operation.given, operation.pem());
      case 'remove-certificate':
        return rm(inDirectory(deployment, operation.path), { force: true });
      case 'prepare-data':
        return prepareData(deployment, stack.project, operation.data, operation.image);
      case 'repair-access':
        return repairAccess(inDirectory(deployment, operation.path), operation.access);
      case 'repair-mode':
        return repairMode(deployment, operation);
      case 'fill-cache':
        return fillCache(deployment, {
          ...operation,
          project: stack.project,
          files: rendering.files,
          note: (text) => emit({ type: 'note', text }),
        });
      case 'check-configuration':
        return checkConfiguration(deployment, stack.project, operation.check, rendering.files);
      case 'write-file':
        return write(operation.file);
      case 'create-container':
        await makeMountedDirectories(deployment, desired, operation.service);
        return make({ service: operation.service, how: 'create' });
      case 'start-service':
        return startService(operation);
      case 'admit-service':
        return admit(operation.gate, operation.service, await gateTarget());
      case 'leave-network':
        return engine.leaveNetwork(operation.network, operation.container);
      case 'remove-network':
        return engine.removeNetwork(operation.network);
      case 'remove-service':
        return removeService(operation.container, deployment);
      case 'provision':
        return provide(deployment, operation, {
          container: await services.id(operation.provision.service),
          stack,
          observed,
        });
      case 'probe':
        return waitForProbe(operation.probe, {
          ...(await around()),
          container: await services.lookup(),
          engine,
          signal,
        });
    }
  };
}

type ServiceStart = Extract<OperationWork, { kind: 'start-service' }>;

async function removeService(container: string, { engine }: Pick<Deployment, 'engine'>): Promise<void> {
  // It may still be serving requests.
  await engine.stop(container, graceSeconds);
  await engine.remove(container);
}

// Uses the container that reads the file, because other users may not. Without a container, this process is root.
async function repairMode(
  deployment: Deployment,
  { file: { target, mode }, path, container }: Extract<OperationWork, { kind: 'repair-mode' }>,
): Promise<void> {
  if (container === undefined) {
    return withEntry(inDirectory(deployment, path), (entry) => entry.setMode(mode));
  }
  await deployment.engine.setFileMode(container, target, mode);
  await deployment.engine.restart(container);
}

/** The containers of the services, looked up again after `forget`. */
function serviceContainers({ engine }: Pick<Deployment, 'engine'>, project: string) {
  let known: Promise<ReadonlyMap<string, string>> | undefined;
  const all = () => {
    known ??= engine
      .containers(project)
      .then((found) => new Map(found.map(({ service, id }) => [service, id])));
    return known;
  };
  const lookup = async () => {
    const ids = await all();
    return (service: string) => ids.get(service);
  };
  return {
    forget() {
      known = undefined;
    },
    lookup,
    async id(service: string): Promise<string> {
      const found = (await lookup())(service);
      if (found === undefined) {
        throw new UnhealthyError(`${service} has no container`, { code: 'apply.container', service });
      }
      return found;
    },
  };
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}
