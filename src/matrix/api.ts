import { UserError } from '../errors.ts';
import type { Secret } from '../secrets/secret.ts';

/** One call of the homeserver's JSON API. */
export interface ApiCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** With its query; what stands in for a part of it is encoded already. */
  readonly path: string;
  readonly body?: object;
  /** Whose call it is; nobody's when absent. */
  readonly token?: Secret;
  /** For a POST, what to call instead where the homeserver failed for a moment; any other method is repeated as it is. */
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
 * @throws UserError when it does not answer; an answer that refuses is an answer.
 */
export type Api = (call: ApiCall) => Promise<ApiAnswer>;

/** A room in the client-server API. */
export function clientRoomPath(roomId: string): string {
  return `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}`;
}

/** Does an answer refuse, and is this why (Matrix specification, "Standard error response")? */
export function isRefusedWith({ body }: ApiAnswer, errcode: string): boolean {
  return body.errcode === errcode;
}

/**
 * An answer that was expected to be a yes.
 *
 * @param intent what was wanted, after "the homeserver refused to": `make the user bob`
 * @throws UserError with the homeserver's own words when it is a no.
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
