import { beforeAll, describe, expect, it } from 'vitest';
import { releases } from '../../src/releases/releases.ts';
import { attachLab } from '../lab/attach.ts';
import { type Client, localClient } from './support/client.ts';
import { Deployment } from './support/deployment.ts';
import { stackImages } from './support/stack-images.ts';
import { giveUserFile, manyLogins, readPasswords } from './support/user-file.ts';

const lab = await attachLab();
const { image, tag, floor } = releases.synapse;

const manyCalls = 50;

interface Answer {
  users: { userId: string; result: string }[];
  passwordFiles: string[];
}

// The oldest engine with the oldest homeserver, and the newest with the newest. What a killed run leaves does not depend on
// them: one of them is killed often.
describe.each([
  ['20.10', floor, 4],
  ['28.5', tag, 20],
] as const)('many users, with engine %s and Synapse %s', (engine, version, kills) => {
  let deployment: Deployment;
  let anybody: Client;

  /** Names of the users that there are, those of `init` left out. */
  const listed = async (text: string) => {
    const { users } = await deployment.ask<Answer>('users', 'list', text);
    return users.map(({ userId }) => userId.replace(/^@(.*):localhost$/, '$1'));
  };
  const give = async (name: string, ...lines: string[]) => {
    await giveUserFile(deployment.host, deployment.path(name), lines);
    return deployment.path(name);
  };
  const results = ({ users }: Answer) => users.map(({ result }) => result);
  const madePasswords = () => readPasswords(deployment.host, deployment.path('made.csv'));

  beforeAll(async () => {
    const images = [...new Set([...stackImages, `${image}:${version}`])];
    deployment = new Deployment(await lab.host(`many${engine.replace('.', '')}`, { engine, images }));
    await deployment.exits(0, 'init', '--local', '--yes', '--no-start', '--server-name', 'localhost');
    await deployment.edit({ synapse: { image: `${image}:${version}`, overrides: manyLogins } });
    await deployment.init();
    anybody = await localClient(deployment);
  });

  const command = (file: string) => [
    'add-user',
    '--from',
    file,
    '--passwords-to',
    deployment.path('made.csv'),
  ];

  it('must make nobody for a file with mistakes', async () => {
    const file = await give('wrong.csv', 'name,admin', 'f1,', 'F 2,maybe', 'f1,');
    const { stderr } = await deployment.exits(2, ...command(file));
    for (const line of [
      'line 3: the name must be',
      'line 3: admin is neither',
      'line 4: the name is in line 2',
    ]) {
      expect(stderr).toContain(line);
    }
    expect(stderr).not.toMatch(/F 2|maybe/);
    expect(await listed('f')).toEqual([]);
  });

  it('must make every user of a file, with all that it says', async () => {
    const file = await give(
      'users.csv',
      'name,password,admin,display_name,email',
      'f1,,yes,"First, of all",f1@example.org',
      'f2,"her ""own"" password",,,',
      'admin,,,,',
    );
    const { exitCode, stdout } = await deployment.cli(...command(file), '--json');
    expect(exitCode).toBe(1);
    expect(results(JSON.parse(stdout))).toEqual(['made', 'made', 'exists']);
    const first = await anybody.logIn('f1', (await madePasswords()).get('f1') ?? '');
    await anybody.logIn('f2', 'her "own" password');
    const profile = await first.call('GET', '/_matrix/client/v3/profile/@f1:localhost/displayname');
    expect(profile.body).toEqual({ displayname: 'First, of all' });
    const emails = await first.call('GET', '/_matrix/client/v3/account/3pid');
    expect(emails.body.threepids).toMatchObject([{ medium: 'email', address: 'f1@example.org' }]);
    const { users } = await deployment.ask<Answer>('users', 'list', '--admins');
    expect(users.map(({ userId }) => userId)).toEqual(['@admin:localhost', '@f1:localhost']);
  });

  it('must change nobody when it is run again', async () => {
    const again = await deployment.ask<Answer>(...command(deployment.path('users.csv')), '--exists-ok');
    expect(results(again)).toEqual(['made-before', 'made-before', 'exists']);
    await anybody.logIn('f1', (await madePasswords()).get('f1') ?? '');
    await anybody.logIn('admin', await deployment.readFile('secrets/admin_password'));
  });

  // With the limits that Synapse has for log-ins: runs that prove themselves by logging in would reach them.
  it(`must make each user once, with the password in the file, also after ${kills} times kill -9`, async () => {
    await deployment.edit({ synapse: { image: `${image}:${version}`, overrides: {} } });
    await deployment.exits(0, 'apply');
    const names = Array.from({ length: 60 }, (_, index) => `k${String(index).padStart(2, '0')}`);
    const given = new Map(
      names.filter((_, index) => index % 2 === 0).map((name) => [name, `own of ${name}`]),
    );
    const rows = names.map((name) => `${name},${given.get(name) ?? ''}`);
    const file = await give('killed.csv', 'name,password', ...rows);
    const record = deployment.path('state/made-users.jsonl');
    // As soon as one user more is made and noted; others are being made.
    const script = `
      before=$(grep -c '"made":true' ${record}); "$@" >/dev/null 2>&1 & run=$!
      while kill -0 $run && [ $(grep -c '"made":true' ${record}) -le $before ]; do sleep 0.02; done
      kill -9 $run && wait $run`;
    for (let kill = 1; kill <= kills; kill += 1) {
      const run = deployment.command(...command(file));
      const { exitCode } = await deployment.host.exec(['sh', '-c', script, 'sh', ...run]);
      expect({ kill, exitCode }).toEqual({ kill, exitCode: 137 });
    }

    const rest = results(await deployment.ask<Answer>(...command(file)));
    expect(new Set(rest)).toEqual(new Set(['made', 'made-before']));
    expect(await listed('k')).toEqual(names);
    await deployment.edit({ synapse: { image: `${image}:${version}`, overrides: manyLogins } });
    await deployment.exits(0, 'apply');
    const made = await madePasswords();
    for (const name of names) {
      await anybody.logIn(name, given.get(name) ?? made.get(name) ?? '');
    }
    const left = await deployment.ask<{ users: { devices: number }[] }>('users', 'list', 'k', '--devices');
    expect(left.users.every(({ devices }) => devices === 1)).toBe(true);
  });

  it(`must make each user once of ${manyCalls} calls at the same time`, async () => {
    const names = Array.from({ length: manyCalls / 2 }, (_, index) => `p${String(index).padStart(2, '0')}`);
    const calls = await Promise.all(
      [...names, ...names].map((name) => deployment.cli('add-user', name, '--generate-password')),
    );
    expect(calls.filter(({ exitCode }) => exitCode === 0)).toHaveLength(names.length);
    expect(calls.filter(({ exitCode }) => exitCode === 1)).toHaveLength(names.length);
    expect(await listed('p')).toEqual(names);
  });
});
