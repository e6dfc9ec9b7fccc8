import { Agent, request } from 'node:https';
import { rootCertificates } from 'node:tls';
import type { Context } from '../context.ts';
import { UserError } from '../errors.ts';
import type { Api } from './api.ts';
import { httpApi } from './http-api.ts';

/**
 * The API of any homeserver as clients reach it: by its public name, through any proxy in front of it.
 *
 * @param url where clients connect, without a path, such as https://matrix.example.org
 * @param roots PEM of CA certificates to trust beside the public ones
 */
export function publicApi(
  url: string,
  roots: string | undefined,
  context: Pick<Context, 'clock' | 'interrupt' | 'patience'>,
): Api {
  const ca = roots === undefined ? undefined : [...rootCertificates, roots];
  const api = httpApi(url, {}, context, { request, agent: new Agent({ keepAlive: true, ca }) });
  return async (call) => {
    try {
      return await api(call);
    } catch (error) {
      // Names the homeserver, since a run may use several. The rest of the message says only what is wrong.
      if (!(error instanceof UserError) || error.code !== 'matrix.unreachable') throw error;
      throw new UserError(`${url}: ${error.message}`, { code: 'matrix.unreachable', cause: error });
    }
  };
}
