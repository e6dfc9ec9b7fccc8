import { expect, test } from 'vitest';
import { engineSocket } from '../../../src/docker/engine-socket.ts';
import { engineAt } from '../../fakes/engine-socket.ts';

const listed = {
  Id: 'abc',
  Image: 'synapse:v1',
  ImageID: 'sha256:1',
  Labels: { 'com.docker.compose.service': 'synapse' },
};
const networks = (IPAddress: string) => ({ Networks: { matrix_web: { IPAddress } } });

/** What the engine's list says of a container, and what the engine says when it is asked about that one. */
async function containersOf(list: { State: string; Status: string; address: string }, inspected: object) {
  const socketPath = await engineAt(({ url }, response) => {
    const all = [{ ...listed, ...list, NetworkSettings: networks(list.address) }];
    if (url?.startsWith('/containers/json')) return response.end(JSON.stringify(all));
    response.statusCode = 'message' in inspected ? 404 : 200;
    response.end(JSON.stringify(inspected));
  });
  return engineSocket({ socketPath, namedBy: undefined }).containers('matrix');
}

const started = {
  State: { Status: 'running' },
  NetworkSettings: networks('172.18.0.3'),
};

test('a container that the list has not seen start, as after a full disk, must be told as it is', async () => {
  expect(await containersOf({ State: 'created', Status: 'Created', address: '' }, started)).toMatchObject([
    { id: 'abc', service: 'synapse', state: 'running', addresses: { matrix_web: '172.18.0.3' } },
  ]);
});

test('a container that does not run must be told with the words of the list', async () => {
  const ended = { State: { Status: 'exited' }, NetworkSettings: networks('') };
  expect(
    await containersOf({ State: 'exited', Status: 'Exited (1) 2 hours ago', address: '' }, ended),
  ).toMatchObject([{ state: 'exited', status: 'Exited (1) 2 hours ago', addresses: {} }]);
});

test('a container that is removed while it is asked about must be told as the list has it', async () => {
  const gone = { message: 'No such container: abc' };
  expect(await containersOf({ State: 'created', Status: 'Created', address: '' }, gone)).toMatchObject([
    { state: 'created' },
  ]);
});
