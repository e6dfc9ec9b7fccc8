import type { Deployment } from '../apply/deployment.ts';
import type { Config } from '../config/schema.ts';
import type { Context } from '../context.ts';
import { messageOf, toExitCode } from '../errors.ts';
import type { ApplyEvent, Emit } from '../plan/events.ts';
import { projectName } from '../stack/stack.ts';
import { type LockPlace, projectLock } from '../state/lock-place.ts';
import { refuseMoved } from '../state/move.ts';
import { withLock } from '../state/run-lock.ts';
import { openRunLog } from '../state/run-log.ts';

/** What a change of a deployment needs of the context. */
export type ChangePorts = Pick<Context, 'processId' | 'clock' | 'outliveTerminal'>;

/** What is changed: a directory alone, or the containers of its server, too. */
type Changed = Pick<Deployment, 'directory'> | (Pick<Deployment, 'directory' | 'engine'> & Named);

/** The part of a configuration that determines the names of the containers. */
type Named = { readonly config: Pick<Config, 'server_name'> };

/** The commands that are allowed while the server may be running on another host. */
const allowedWhileMoved: ReadonlySet<string> = new Set([
  ...['move', 'destroy'],
  ...['backup verify', 'backup prune', 'backup forget', 'backup recovery-key'],
]);

/**
 * Runs an action that changes a deployment. It holds the deployment's lock, continues if the terminal is lost, and
 * writes its steps and how it ended to state/last-run.log.
 *
 * @param command shown to another run that finds the deployment locked
 * @param action calls its parameter with each of its steps, which is logged and passed on to `emit`
 * @throws LockError while another run changes the deployment; PreflightError where the server was moved to another
 *   host
 */
export async function changeDeployment<Result>(
  context: ChangePorts,
  changed: Changed,
  command: string,
  action: (emit: Emit) => Promise<Result>,
  emit: Emit = () => {},
): Promise<Result> {
  const { directory } = changed;
  const beside = 'engine' in changed ? [lockOfServer(changed)] : [];
  return withLock(context, { directory, command, beside }, async () => {
    if (!allowedWhileMoved.has(command)) await refuseMoved(directory);
    if ('engine' in changed) await changed.engine.removeAbandonedJobs(projectOf(changed));
    const log = await openRunLog(directory, context.clock);
    log.say(`matrix-deploy ${command} begins (process ${context.processId})`);
    let isLost = false;
    const onLoss = () => {
      if (!isLost) {
        isLost = true;
        log.say('the terminal is lost, or nobody reads the output; the run goes on');
      }
    };
    const tell: Emit = (event) => {
      const text = describe(event);
      if (text !== undefined) {
        log.say(text);
      }
      emit(event);
    };
    try {
      const result = await context.outliveTerminal(() => action(tell), onLoss);
      await log.end('ended: everything is done');
      return result;
    } catch (error) {
      await log.end(`ended with exit code ${toExitCode(error)}: ${messageOf(error)}`);
      throw error;
    }
  });
}

/**
 * Does what `changeDeployment` does for an action with a request: what the action tells by the request's `emit` is logged,
 * too.
 */
export function changeOnRequest<Request extends { readonly emit: Emit }, Result>(
  context: ChangePorts,
  changed: Changed,
  command: string,
  request: Request,
  action: (request: Request) => Promise<Result>,
): Promise<Result> {
  return changeDeployment(context, changed, command, (emit) => action({ ...request, emit }), request.emit);
}

/** The lock of a server's containers. Their names contain the server name, whatever the deployment directory is. */
export function lockOfServer({ engine, config }: Pick<Deployment, 'engine'> & Named): LockPlace {
  return projectLock(engine, projectOf({ config }));
}

const projectOf = ({ config }: Named): string => projectName(config.server_name);

/** An event as a line of the log; `undefined` for an event that is not logged. */
function describe(event: ApplyEvent): string | undefined {
  switch (event.type) {
    case 'start':
    case 'done':
    case 'fail':
    case 'cancel': {
      const { kind, resource, cause } = event.operation;
      return `${event.type}: ${kind} ${resource}${event.type === 'start' ? ` (${cause})` : ''}`;
    }
    case 'note':
      return event.text;
    default:
      return undefined;
  }
}
