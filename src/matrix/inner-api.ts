import type { Exec } from '../components/service.ts';
import { homeserver } from '../components/synapse/listener.ts';
import type { Engine } from '../docker/engine.ts';
import type { Clock } from '../host/clock.ts';
import type { Api, ApiCall } from './api.ts';
import { patientApi, unreachable } from './patient-api.ts';

/** How long one call may take, in seconds: less than the engine gives to a command in a container. */
const deadlineSeconds = 50;

/**
 * The API of a homeserver that cannot be reached over a network. The calls are made by curl inside its container; the
 * image has curl for its health check.
 *
 * @param container ID of the container
 * @throws UserError when the homeserver does not answer
 */
export function innerApi(
  container: string,
  {
    engine,
    ...waiting
  }: {
    readonly engine: Pick<Engine, 'exec'>;
    readonly clock: Pick<Clock, 'sleep'>;
    readonly interrupt: AbortSignal;
  },
): Api {
  return patientApi(async (call) => {
    const { exitCode, stdout, stderr } = await engine.exec(container, question(call));
    if (exitCode !== 0) throw unreachable((stderr || stdout).trim());
    const end = stdout.lastIndexOf('\n');
    return { status: Number(stdout.slice(end + 1)), body: stdout.slice(0, end) };
  }, waiting);
}

/**
 * The call as a command of curl. The content goes through standard input: every user of the host can see arguments.
 */
function question({ method, path, body, token }: ApiCall): Exec {
  const settings = [
    setting('url', `http://127.0.0.1:${homeserver.port}${path}`),
    setting('request', method),
    setting('header', 'Content-Type: application/json'),
    ...(token === undefined ? [] : [setting('header', `Authorization: Bearer ${token.reveal()}`)]),
    ...(body === undefined ? [] : [setting('data-raw', JSON.stringify(body))]),
  ];
  return {
    command: [
      ...['curl', '--silent', '--show-error', '--globoff', '--noproxy', '*'],
      ...['--max-time', String(deadlineSeconds), '--write-out', '\\n%{http_code}', '--config', '-'],
    ],
    input: settings.join(''),
  };
}

/**
 * A setting for curl, with the value in double quotes (curl's manual, `--config`). Our values have no line breaks.
 */
function setting(name: string, value: string): string {
  return `${name} = "${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"\n`;
}
