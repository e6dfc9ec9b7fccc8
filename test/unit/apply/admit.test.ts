import { expect, test } from 'vitest';
import { admit, isLetIn, startBehind } from '../../../src/apply/admit.ts';
import type { Gate } from '../../../src/components/service.ts';
import type { ContainerFacts, SeenFacts } from '../../../src/stack/running.ts';
import { describeStack } from '../../../src/stack/stack.ts';
import { fakeClock } from '../../fakes/clock.ts';
import { localConfig } from '../../fakes/configurations.ts';

const stack = describeStack(localConfig, {});
const web = `${stack.project}_web`;
const [gate] = stack.services.flatMap((service) => service.gate ?? []) as [Gate];

/** What is done to a container that is on these networks, in order. */
function surroundings(networks: readonly string[], works: boolean) {
  const done: string[] = [];
  const on = new Set(networks);
  const state = () => (works ? 'running' : 'exited');
  const target: Parameters<typeof admit>[2] = {
    directory: '/nowhere',
    stack,
    engine: {
      running: async () => ({ state: 'running', facts: { network: [...on] } }) as unknown as SeenFacts,
      start: async () => void done.push('start'),
      joinNetwork: async (name, _id, aliases) => void done.push(`join ${name} as ${aliases.join()}`),
      leaveNetwork: async (name) => {
        on.delete(name);
        done.push(`leave ${name}`);
      },
      exec: async () => {
        done.push(`ask outside of ${on.has(web) ? 'nothing' : 'web'}`);
        return { exitCode: works ? 0 : 1, stdout: '', stderr: 'refused' };
      },
      inspect: async () => ({
        image: '',
        imageId: '',
        logPath: '',
        outOfMemory: false,
        state: state(),
        error: '',
        exitCode: 1,
        restarts: 0,
        startedAt: '',
        health: undefined,
      }),
      endings: async () => ({ exitCode: 1, outOfMemory: false }),
      processorSeconds: async () => 0,
      mapsUsers: async () => true,
      logs: async () => [],
      restart: async () => {},
    },
    clock: fakeClock(),
    signal: new AbortController().signal,
    roots: undefined,
    revivals: new Map(),
    container: () => 'id',
  };
  return { target, done };
}

test('a new container must be found by nobody before it works', async () => {
  const { target, done } = surroundings([`${stack.project}_data`, web], true);
  await startBehind(gate, 'synapse', target);
  expect(done).toEqual([`leave ${web}`, 'start', 'ask outside of web', `join ${web} as synapse`]);
});

test('one that does not work must stay outside', async () => {
  const { target, done } = surroundings([web], false);
  await expect(startBehind(gate, 'synapse', target)).rejects.toThrow('did not become healthy');
  expect(done.filter((step) => step.startsWith('join'))).toEqual([]);
});

test('one that a killed run left must be let in, and one that is in be left alone', async () => {
  const left = surroundings([], true);
  await admit(gate, 'synapse', left.target);
  expect(left.done).toEqual(['ask outside of web', `join ${web} as synapse`]);
  const inside = surroundings([web], true);
  await admit(gate, 'synapse', inside.target);
  expect(inside.done).toEqual(['ask outside of nothing']);
});

test('what is asked for before must be asked while nobody finds the container, and keep it outside', async () => {
  const asked = surroundings([web], true);
  const beforeAdmission = async (service: string, container: string) =>
    void asked.done.push(`compare ${service} in ${container}`);
  await startBehind(gate, 'synapse', { ...asked.target, beforeAdmission });
  expect(asked.done.slice(-2)).toEqual(['compare synapse in id', `join ${web} as synapse`]);

  const refused = surroundings([web], true);
  const refuse = () => Promise.reject(new Error('it loses files'));
  await expect(startBehind(gate, 'synapse', { ...refused.target, beforeAdmission: refuse })).rejects.toThrow(
    'it loses files',
  );
  expect(refused.done.at(-1)).toBe('ask outside of web');
});

test.each([
  ['running', [web], true],
  ['exited', [web], true],
  ['running', ['other'], false],
  ['created', [web], false],
])('a container that is %s and on %j must count as let in: %s', async (state, network, isIn) => {
  const engine = {
    containers: async () => [{ id: 'id', service: 'synapse' }] as unknown as ContainerFacts[],
    running: async () => ({ state, facts: { network } }) as unknown as SeenFacts,
  };
  expect(await isLetIn('synapse', { stack, engine })).toBe(isIn);
  expect(await isLetIn('traefik', { stack, engine })).toBe(false);
});
