import { UserError } from '../errors.ts';
import type { Secret } from '../secrets/secret.ts';

/** One call of the homeserver's JSON API. */
export interface ApiCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Includes the query. The values in it are encoded already. */
  readonly path: string;
  readonly body?: object;
  /** The access token of the user who makes the call. Absent for a call without authentication. */
  readonly token?: Secret;
  /**
   * For a POST, gives the call to make instead after the homeserver failed for a moment; absent when a POST must not
   * be repeated. A call with another method is repeated as it is.
   */
  retry?(): Promise<ApiCall>;
}

export interface ApiAnswer {
  readonly status: number;
  /** A JSON object, as every answer of Matrix is. */
  readonly body: Readonly<Record<string, unknown>>;
}

/**
 * The homeserver's API.
 *
 * @throws UserError when the homeserver does not answer. A refusal is an answer, and is returned.
 */
export type Api = (call: ApiCall) => Promise<ApiAnswer>;

/** The path of a room in the client-server API. */
export function clientRoomPath(roomId: string): string {
  return `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}`;
}

/** Whether an answer is a refusal with this code (Matrix specification, "Standard error response"). */
export function isRefusedWith({ body }: ApiAnswer, errcode: string): boolean {
  return body.errcode === errcode;
}

/**
 * The body of an answer, which must not be a refusal.
 *
 * @param intent what was wanted, as it reads after "the homeserver refused to": `make the user bob`
 * @throws UserError with the homeserver's own words when it refused.
 */
export function accepted(answer: ApiAnswer, intent: string): ApiAnswer['body'] {
  const { status, body } = answer;
  if (status < 200 || status > 299) {
    const { error, errcode } = body;
    throw new UserError(`the homeserver refused to ${intent}: ${error ?? errcode ?? `status ${status}`}`, {
      code: 'matrix.refused',
    });
  }
  return body;
}
