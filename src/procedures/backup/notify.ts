import { secretIn } from '../../components/secret-reference.ts';
import type { FailureCommand } from '../../config/backup-options.ts';
import type { Config } from '../../config/schema.ts';
import type { Context } from '../../context.ts';
import { messageOf, UserError } from '../../errors.ts';
import { inherited, type ProgramResult, runProgram } from '../../host/child-process.ts';
import { ping } from '../../host/ping.ts';
import { Secret } from '../../secrets/secret.ts';
import { readGivenSecret } from '../../state/given-secrets.ts';

type Ports = Pick<Context, 'environment' | 'patience'>;

/** The signals about a backup, each with the suffix that healthchecks.io defines for the path of its URL. */
const signals = { begun: '/start', made: '', failed: '/fail' } as const;

type Signal = keyof typeof signals;

/** What is reported of a failed backup. */
interface ToldFailure {
  readonly stage: string;
  readonly message: string;
}

/** Reports backups by the ping and the command of matrix.yaml. No call throws: problems are passed to `tell`. */
interface Listeners {
  ping(signal: Signal): Promise<void>;
  onFailure(failure: ToldFailure): Promise<void>;
}

const commandSeconds = 60;

/** @param tell called with each problem, as a sentence without secrets */
export function listenersOf(
  { directory, config }: { directory: string; config: Pick<Config, 'server_name' | 'backup'> },
  { environment, patience = 1 }: Ports,
  tell: (trouble: string) => void,
): Listeners {
  const { ping: named, on_failure: command } = config.backup;
  return {
    async ping(signal) {
      if (named === undefined) return;
      try {
        await ping(withEnd(await addressIn(named, directory), signals[signal]), patience);
      } catch (error) {
        tell(`backup.ping, ${signal}: ${messageOf(error)}`);
      }
    },
    async onFailure({ stage, message }) {
      if (command === undefined) return;
      const [program, ...args] = argumentsOf(command);
      const result = await runProgram(program, args, {
        environment: {
          ...inherited(environment),
          MATRIX_DEPLOY_DIRECTORY: directory,
          MATRIX_DEPLOY_SERVER_NAME: config.server_name,
          MATRIX_DEPLOY_STAGE: stage,
          MATRIX_DEPLOY_MESSAGE: message,
        },
        bounds: { within: commandSeconds * 1000 * patience },
      });
      const trouble = troubleOf(result);
      if (trouble !== undefined) tell(`the command of backup.on_failure ${trouble}`);
    },
  };
}

/** @throws UserError if the secret is not set, or is no URL */
async function addressIn(named: NonNullable<Config['backup']['ping']>, directory: string): Promise<Secret> {
  const name = secretIn(named);
  if (name === undefined) return new Secret(String(named));
  const secret = await readGivenSecret(directory, name);
  if (secret === undefined || !URL.canParse(secret.reveal().trim())) {
    throw new UserError(`the secret ${name} is ${secret === undefined ? 'not set' : 'no URL'}`, {
      code: 'ping.secret',
    });
  }
  return secret;
}

/** Appends `end` to the path of a URL; its query stays. */
function withEnd(address: Secret, end: string): URL {
  const url = new URL(address.reveal().trim());
  if (end !== '') url.pathname = `${url.pathname.replace(/\/$/, '')}${end}`;
  return url;
}

function argumentsOf(command: FailureCommand): [string, ...string[]] {
  if (typeof command === 'string') return ['/bin/sh', '-c', command];
  const [program = '', ...args] = command;
  return [program, ...args];
}

function troubleOf({ isMissing, stopped, exitCode, output }: ProgramResult): string | undefined {
  if (isMissing) return 'was not found';
  if (stopped !== undefined) return `was ended: ${stopped.message}`;
  const said = output.trim().split('\n').at(-1);
  return exitCode === 0 ? undefined : `ended with ${exitCode ?? 'a signal'}${said && `: ${said}`}`;
}
