import { expect, test } from 'vitest';
import { deleteRoom } from '../../../src/administration/rooms-delete.ts';
import type { Api, ApiAnswer } from '../../../src/matrix/api.ts';
import { fakeClock } from '../../fakes/clock.ts';

const wishes = { block: false, purge: true };
const quiet = { clock: fakeClock(), interrupt: new AbortController().signal, onProgress() {} };

function task(status: string, removed: string[] = [], id = 'd1') {
  return {
    delete_id: id,
    status,
    shutdown_room: { kicked_users: removed, failed_to_kick_users: [] },
  };
}

/** A homeserver that answers each kind of question with the next of these; with the last one from then on. */
function homeserver(answers: Record<'DELETE' | 'known' | 'progress', ApiAnswer[]>) {
  const asked: string[] = [];
  const admin: Api = async ({ method, path }) => {
    const kind = method === 'DELETE' ? 'DELETE' : path.endsWith('/delete_status') ? 'known' : 'progress';
    asked.push(kind);
    const { [kind]: queue } = answers;
    return (queue.length > 1 ? queue.shift() : queue[0]) ?? { status: 500, body: {} };
  };
  return { server: { admin }, asked };
}

const none: ApiAnswer = { status: 404, body: { errcode: 'M_NOT_FOUND' } };
const begun: ApiAnswer = { status: 200, body: { delete_id: 'd1' } };
const busy: ApiAnswer = { status: 400, body: { errcode: 'M_UNKNOWN', error: 'Purge already in progress' } };
const known = (...results: object[]): ApiAnswer => ({ status: 200, body: { results } });
const told = (...of: Parameters<typeof task>): ApiAnswer => ({ status: 200, body: task(...of) });

test('must tell of progress when there is any, and of the end', async () => {
  const progress = [told('scheduled'), told('active'), told('active', ['@a:b']), told('active', ['@a:b'])];
  const { server } = homeserver({
    DELETE: [begun],
    known: [none],
    progress: [...progress, told('complete', ['@a:b'])],
  });
  const seen: number[] = [];
  const following = {
    ...quiet,
    onProgress: ({ removed }: { removed: readonly string[] }) => seen.push(removed.length),
  };
  expect(await deleteRoom(server, '!r', wishes, following)).toMatchObject({ id: 'd1', removed: ['@a:b'] });
  expect(seen).toEqual([0, 0, 1]);
});

test('must join a deletion that somebody else began at the same moment', async () => {
  const { server, asked } = homeserver({
    DELETE: [busy],
    known: [none, known(task('complete', [], 'older'), task('active', [], 'theirs'))],
    progress: [told('complete', [], 'theirs')],
  });
  expect(await deleteRoom(server, '!r', wishes, quiet)).toMatchObject({ id: 'theirs' });
  expect(asked).toEqual(['known', 'DELETE', 'known', 'progress']);
});

test('must say what Synapse says when it does not begin', async () => {
  const { server } = homeserver({ DELETE: [busy], known: [none], progress: [] });
  await expect(deleteRoom(server, '!r', wishes, quiet)).rejects.toThrow('Purge already in progress');
});

test('must leave Synapse at work when it is interrupted', async () => {
  const { server } = homeserver({ DELETE: [begun], known: [none], progress: [told('active')] });
  const clock = { now: () => new Date(), sleep: () => Promise.reject(new Error('aborted')) };
  await expect(deleteRoom(server, '!r', wishes, { ...quiet, clock })).rejects.toMatchObject({
    exitCode: 130,
    message: expect.stringContaining('goes on'),
  });
});

test('must not wait forever', async () => {
  const { server } = homeserver({ DELETE: [begun], known: [none], progress: [told('active')] });
  await expect(deleteRoom(server, '!r', wishes, quiet)).rejects.toMatchObject({ code: 'room.slow' });
});
