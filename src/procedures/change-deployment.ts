import type { ApplyEvent, Emit } from '../apply/events.ts';
import type { Context } from '../context.ts';
import { messageOf, toExitCode } from '../errors.ts';
import { withLock } from '../state/run-lock.ts';
import { openRunLog } from '../state/run-log.ts';

type Ports = Pick<Context, 'processId' | 'clock' | 'outliveTerminal'>;

/**
 * Runs what changes a deployment: alone, to its end although the terminal is lost meanwhile, and on record in
 * state/last-run.log, where how it ended can be read then.
 *
 * @param command shown to another run that finds the deployment locked
 * @param action tells of its steps, which `emit` hears too
 * @throws LockError while another run changes the deployment
 */
export async function changeDeployment<Result>(
  context: Ports,
  directory: string,
  command: string,
  action: (emit: Emit) => Promise<Result>,
  emit: Emit = () => {},
): Promise<Result> {
  return withLock(context, directory, command, async () => {
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

/** An event as a line of the log; `undefined` for one that is of no interest later. */
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
