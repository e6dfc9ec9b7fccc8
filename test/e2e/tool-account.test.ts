import { beforeAll, expect, it, vi } from 'vitest';
import { attachLab } from '../lab/attach.ts';
import { type Client, localClient, logInAsAdmin } from './support/client.ts';
import { Deployment } from './support/deployment.ts';
import { stackImages } from './support/stack-images.ts';

const lab = await attachLab();
const host = await lab.host('alpha', { images: stackImages });
const deployment = new Deployment(host);
const toolId = '@matrix-deploy:localhost';
const patience = { timeout: 60_000, interval: 500 };
const settings = { auto_join_rooms: ['#all:localhost'], user_directory: { search_all_users: true } };
let admin: Client;
let room: string;

/** Whom others see in the room that everybody joins. */
async function members(): Promise<string[]> {
  const { body } = await admin.call('GET', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/members`);
  return body.chunk
    .filter(({ content }: { content: { membership: string } }) => content.membership === 'join')
    .map(({ state_key }: { state_key: string }) => state_key)
    .sort();
}

/** Who is found in the user directory by a part of a name. */
async function found(search_term: string): Promise<string[]> {
  const { body } = await admin.call('POST', '/_matrix/client/v3/user_directory/search', { search_term });
  return body.results.map(({ user_id }: { user_id: string }) => user_id);
}

/** Makes the account of the tool what an earlier version made of it: one like those of people, in the room. */
async function showTool(): Promise<void> {
  const token = await deployment.readFile('secrets/tool_session');
  await changeAccount(token, { user_type: null });
  // Synapse remembers until its next start which accounts are for support.
  await deployment.run(['docker', 'compose', 'restart', 'synapse']);
  await vi.waitFor(() => changeAccount(token, { displayname: 'matrix-deploy tool' }), patience);
  const tool = (await localClient(deployment)).as(token);
  await tool.call('POST', `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/join`, {});
  await expect.poll(() => found('matrix-deploy'), patience).toEqual([toolId]);
}

/** Admin API, "Create or modify account". */
async function changeAccount(token: string, change: object): Promise<void> {
  const request = ['--request', 'PUT', '--data', JSON.stringify(change)];
  const identity = ['--header', `Authorization: Bearer ${token}`];
  const url = `http://127.0.0.1:8008/_synapse/admin/v2/users/${toolId}`;
  const curl = ['curl', '--fail-with-body', '-sS', ...identity, ...request, url];
  await deployment.run(['docker', 'compose', 'exec', '-T', 'synapse', ...curl]);
}

beforeAll(async () => {
  await deployment.init();
  await deployment.edit({ synapse: { overrides: settings } });
  await deployment.exits(0, 'apply');
  admin = await logInAsAdmin(deployment);
  room = await admin.createRoom({ preset: 'public_chat', room_alias_name: 'all' });
  // With an address, for which the tool needs its account.
  await deployment.exits(0, 'add-user', 'bob', '--generate-password', '--email', 'bob@example.org');
});

it('must join those to the rooms who are to be there, and not the account of the tool', async () => {
  expect(await members()).toEqual(['@admin:localhost', '@bob:localhost']);
});

it('must not join the accounts to them that it has talk with one another', async () => {
  await deployment.exits(0, 'verify', '--talk');
  const talked = "user_id like '@matrix-deploy-talk-%'";
  expect(await deployment.query(`select count(*) from devices where ${talked}`)).toBe('0');
  expect(await deployment.query(`select count(*) from users where name like '@matrix-deploy-talk-%'`)).toBe(
    '2',
  );
  const ever = `select count(*) from room_memberships where ${talked} and room_id = '${room}'`;
  expect(await deployment.query(ever)).toBe('0');
});

it('must not show the account of the tool in the user directory', async () => {
  expect(await found('bob')).toEqual(['@bob:localhost']);
  expect(await found('matrix-deploy')).toEqual([]);
});

it('must take it out of the rooms that an earlier version let it join, and out of the directory', async () => {
  await showTool();
  expect(await members()).toContain(toolId);

  await deployment.edit({ synapse: { log_level: 'WARNING' } });
  await deployment.exits(0, 'apply');

  expect(await members()).toEqual(['@admin:localhost', '@bob:localhost']);
  await expect.poll(() => found('matrix-deploy'), patience).toEqual([]);
});
