import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { containerFacts, projectLabel } from '../../src/docker/container-list.ts';
import { callerHeaders } from '../../src/matrix/caller-headers.ts';
import { homeserverOrigin } from '../../src/matrix/homeserver.ts';
import { registrationMac } from '../../src/matrix/registration.ts';
import { Secret } from '../../src/secrets/secret.ts';
import type { Place, Workbench } from '../workbench.ts';

/** The homeserver of a place with nothing around its HTTP calls: connections are kept, the secret is at hand. */
export interface BareApi {
  /**
   * Makes a user with the two requests that make one.
   *
   * @returns the access token of a session, where one is wanted
   */
  register(localpart: string, session?: boolean): Promise<string | undefined>;
  get(path: string, token: string): Promise<Record<string, unknown>>;
}

export async function bareApi(
  { docker, signal }: Workbench,
  { directory, project }: Place,
): Promise<BareApi> {
  const containers = await docker.listContainers({ filters: { label: [projectLabel(project)] } });
  const origin = homeserverOrigin({ project }, containers.map(containerFacts));
  const secret = new Secret(await readFile(join(directory, 'secrets/registration_shared_secret'), 'utf8'));
  const caller = callerHeaders(secret);
  const call = async (path: string, { headers, ...options }: RequestInit = {}) => {
    const answer = await fetch(`${origin}${path}`, {
      ...options,
      headers: { ...caller, ...headers },
      signal,
    });
    if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
    return (await answer.json()) as Record<string, unknown>;
  };
  return {
    async register(localpart, session = false) {
      const path = '/_synapse/admin/v1/register';
      const nonce = String((await call(path)).nonce);
      const user = { localpart, password: new Secret('a password of some length'), admin: false };
      const body = {
        nonce,
        username: localpart,
        password: user.password.reveal(),
        admin: false,
        mac: registrationMac(secret, nonce, user),
        inhibit_login: !session,
      };
      const { access_token } = await call(path, { method: 'POST', body: JSON.stringify(body) });
      return access_token === undefined ? undefined : String(access_token);
    },
    get: (path, token) => call(path, { headers: { authorization: `Bearer ${token}` } }),
  };
}
