import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { containerFacts, projectLabel } from '../../src/docker/engine-socket.ts';
import { homeserverOrigin } from '../../src/matrix/homeserver.ts';
import { registrationMac } from '../../src/matrix/registration.ts';
import { Secret } from '../../src/secrets/secret.ts';
import { initialise, runOnPlace } from '../deployments/ours.ts';
import { interleaved } from '../samples.ts';
import type { Place, Workbench } from '../workbench.ts';
import type { Measure } from './measure.ts';

/** One user: the command, against nothing but the two requests that make one. */
export const measureAddUser: Measure = (bench, { nodes: [node], rounds = 15 }) =>
  bench.withPlace(async (place) => {
    await initialise(bench, node.program, place);
    const register = await bareRegistration(bench, place);
    const sides = {
      ours: async (round: number) =>
        (await runOnPlace(bench, node.program, place, ['add-user', `ours${round}`, '--generate-password']))
          .milliseconds,
      bare: async (round: number) => {
        const begin = performance.now();
        await register(`bare${round}`);
        return performance.now() - begin;
      },
    };
    const { ours, bare } = await interleaved(rounds, sides);
    bench.say(`add-user: ${rounds} rounds`);
    return {
      comparisons: [
        {
          name: 'add-user',
          unit: 'ms',
          node: node.version,
          ours,
          against: { name: 'the bare HTTP call', samples: bare },
          bar: { ratio: 1.5 },
        },
      ],
    };
  });

/** Makes a user with nothing around it: the connection is kept, the secret is at hand. */
async function bareRegistration({ docker, signal }: Workbench, { directory, project }: Place) {
  const containers = await docker.listContainers({ filters: { label: [projectLabel(project)] } });
  const url = `${homeserverOrigin({ project }, containers.map(containerFacts))}/_synapse/admin/v1/register`;
  const secret = new Secret(await readFile(join(directory, 'secrets/registration_shared_secret'), 'utf8'));
  return async (localpart: string) => {
    const { nonce } = (await (await fetch(url, { signal })).json()) as { nonce: string };
    const user = { localpart, password: new Secret('a password of some length'), admin: false };
    const body = {
      nonce,
      username: localpart,
      password: user.password.reveal(),
      admin: false,
      mac: registrationMac(secret, nonce, user),
      inhibit_login: true,
    };
    const answer = await fetch(url, { method: 'POST', body: JSON.stringify(body), signal });
    if (!answer.ok) throw new Error(`${localpart} was not made: ${await answer.text()}`);
  };
}
