import { PreflightError, UserError } from '../errors.ts';
import { BoundsError } from '../host/bounds.ts';
import type { EngineEndpoint } from './endpoint.ts';

/** The error by which an engine refuses a request, as docker-modem throws it and engine-socket.ts creates it. */
export interface Refusal {
  readonly statusCode: number;
  readonly message: string;
  readonly json?: { readonly message?: string } | null | undefined;
}

/** Error codes of a failed connection: of the system, and of node:http for a server that speaks another protocol. */
const connection = /^(E[A-Z]+|HPE_.+)$/;

/** The error code for an object that does not exist, or not any more. */
const goneCode = 'docker.gone';

/** Whether the engine has answered that the requested object does not exist. */
export function isGone(error: unknown): boolean {
  return error instanceof UserError && error.code === goneCode;
}

/**
 * Ignores the refusal to start a running container or to stop a stopped one (304: Docker Engine API, ContainerStart,
 * ContainerStop).
 */
export function ignoreUnchanged(error: unknown): void {
  if ((error as Partial<Refusal>).statusCode !== 304) throw error;
}

/**
 * The error to throw for a failed call of the engine.
 *
 * @param intent what the call asked for, after "Docker refused to": `start a container`
 * @returns the given error if it is neither a refusal nor a failed connection: that is a bug
 */
export function engineFailure(error: unknown, intent: string): unknown {
  if (error instanceof UserError || isUnreachable(error)) {
    return error instanceof UserError ? error : new UserError(...unreachable(error));
  }
  const { statusCode, json, message } = error as Partial<Refusal>;
  if (statusCode === undefined) {
    return error;
  }
  const words = json?.message ?? message;
  return new UserError(`Docker refused to ${intent}: ${words}`, {
    code: statusCode === 404 ? goneCode : 'docker.refused',
    hint: `${remedyOf(statusCode)} Then run the command again: it continues where this stopped.`,
    cause: error,
  });
}

/**
 * Like `engineFailure`, for the first call of a run: a failed connection is a PreflightError, since nothing was
 * changed before.
 */
export function noEngine(error: unknown, { socketPath, namedBy }: EngineEndpoint): unknown {
  if (!isUnreachable(error)) {
    return engineFailure(error, 'answer');
  }
  const [message, details] = unreachable(error);
  const named = namedBy === undefined ? [] : [`${namedBy} names the engine at ${socketPath}`];
  return new PreflightError(message, { ...details, details: named });
}

function isUnreachable(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && connection.test(String(error.code));
}

function unreachable(cause: Error & { code?: unknown }): ConstructorParameters<typeof UserError> {
  const isSilent = cause instanceof BoundsError && cause.code === 'ETIMEDOUT';
  return [
    `Docker does not answer: ${cause.message}`,
    {
      code: isSilent ? 'docker.silent' : 'docker.unreachable',
      hint: hintOf(String(cause.code), isSilent),
      cause,
    },
  ];
}

function hintOf(code: string, isSilent: boolean): string {
  if (isSilent) {
    return 'See whether `docker ps` answers; if not, restart Docker: `systemctl restart docker`. On a slow machine, MATRIX_DEPLOY_PATIENCE=3 makes every wait three times as long.';
  }
  return code === 'EMSGSIZE' || code.startsWith('HPE_')
    ? 'What answers is something else than Docker: see DOCKER_HOST, and `docker context ls`.'
    : 'Start Docker; if you are not root, be in the group docker. Install it: https://docs.docker.com/engine/install/';
}

function remedyOf(status: number): string {
  switch (status) {
    case 404:
      return 'Somebody may have removed it meanwhile; `docker ps --all` shows what is there.';
    case 409:
      return 'Something else may be working on it; `docker ps --all` shows what is there.';
    default:
      return '`journalctl -u docker` tells more; see also whether the disk is full: `df -h`.';
  }
}
