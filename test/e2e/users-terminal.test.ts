import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminMeaning } from '../../src/config/admin.ts';
import { scan } from '../fakes/phone.ts';
import { key } from '../fakes/screen.ts';
import { attachLab } from '../lab/attach.ts';
import { type Client, localClient } from './support/client.ts';
import { Deployment } from './support/deployment.ts';
import { stackImages } from './support/stack-images.ts';
import { Terminal } from './support/terminal.ts';

const lab = await attachLab();
const host = await lab.host('terminal', { images: stackImages });
const deployment = new Deployment(host);
/** What opens Element on a phone, with the server filled in. */
let phoneLink: string;
let anybody: Client;
let terminal: Terminal;
/** In a separate session. There are five logins of an account before Synapse makes it wait. */
let bob: Client;

/** Types a command on an empty screen, and what it ends with when it does. */
async function start(...argv: string[]): Promise<void> {
  // What is still to be seen of the last one would be taken for an answer.
  await terminal.ask('true');
  terminal.type(`${deployment.command(...argv).join(' ')}; echo "ended with $?"\r`);
}

beforeAll(async () => {
  await deployment.exits(0, 'init', '--local', '--yes', '--no-start', '--server-name', 'localhost');
  await deployment.edit({ synapse: { registration: 'token' } });
  const { url } = await deployment.init();
  phoneLink = `https://mobile.element.io/element?account_provider=${new URL(url).host}`;
  anybody = await localClient(deployment);
  terminal = await Terminal.open(host);
});
afterAll(() => terminal.close());

describe('add-user on a terminal', () => {
  it('must say what an admin is, and is not for, before it makes one', async () => {
    await start('add-user', 'eve', '--admin');
    await terminal.screen.see('Password for eve:', 30);
    await terminal.screen.see(adminMeaning, 10);
    terminal.type(key.interrupt);
    await terminal.screen.see('ended with 130', 30);
  });

  it('must make nobody after Ctrl-C, at the first password or the second', async () => {
    const before = await terminal.ask('stty -a');
    await start('add-user', 'bob');
    await terminal.answer('Password for bob:', key.interrupt);
    await terminal.screen.see('ended with 130', 30);
    await start('add-user', 'bob');
    await terminal.answer('Password for bob:', 'secret one', key.enter);
    await terminal.answer('again:', 'secret', key.interrupt);
    await terminal.screen.see('ended with 130', 30);
    expect(await terminal.ask('stty -a')).toBe(before);
    await deployment.exits(1, 'users', 'show', 'bob');
  });

  it('must ask from the beginning where the passwords differ, and show neither', async () => {
    await start('add-user', 'bob');
    await terminal.answer('Password for bob:', 'secret one', key.enter);
    await terminal.answer('again:', 'secret two', key.enter);
    await terminal.answer('The two differ', 'secret one', key.enter);
    await terminal.answer('again:', 'secret one', key.enter);
    await terminal.screen.see('ended with 0', 60);
    expect(scan(terminal.screen.photograph())).toBe(`${phoneLink}&login_hint=mxid:@bob:localhost`);
    expect(terminal.everything).not.toContain('secret');
    bob = await anybody.logIn('bob', 'secret one');
  });
});

describe('invite on a terminal', () => {
  it('must show codes that lead a phone to the server and to the space', async () => {
    const group = { name: 'Rowing', alias: 'rowing', rooms: [{ name: 'Boats', alias: 'boats' }] };
    await deployment.writeFile('rowing.yaml', JSON.stringify(group));
    await start('invite', deployment.path('rowing.yaml'));
    await terminal.screen.see('ended with 0', 60);
    expect(scan(terminal.screen.photograph())).toBe('https://matrix.to/#/#rowing:localhost');
    expect(scan(terminal.screen.photograph('Element X on a phone:'))).toBe(phoneLink);
  });
});

describe('users set-password on a terminal', () => {
  it.each([
    ['y', 'secret three', false],
    ['n', 'secret four', true],
  ])('must ask whether to log out, and on %s do so', async (answer, password, isLoggedIn) => {
    await start('users', 'set-password', 'bob');
    await terminal.answer('New password for @bob:localhost:', password, key.enter);
    await terminal.answer('again:', password, key.enter);
    await terminal.answer('Log the user out on every device?', answer, key.enter);
    await terminal.screen.see('ended with 0', 60);
    expect(await bob.isLoggedIn()).toBe(isLoggedIn);
    bob = await anybody.logIn('bob', password);
  });

  it('must change nothing after Ctrl-C at the last question', async () => {
    await start('users', 'set-password', 'bob');
    await terminal.answer('New password for @bob:localhost:', 'secret five', key.enter);
    await terminal.answer('again:', 'secret five', key.enter);
    await terminal.answer('Log the user out on every device?', key.interrupt);
    await terminal.screen.see('ended with 130', 30);
    await anybody.logIn('bob', 'secret four');
    expect(terminal.everything).not.toContain('secret');
  });
});

describe('users deactivate on a terminal', () => {
  it.each([
    ['another word', ['@bob:localhos', key.enter]],
    ['nothing', [key.enter]],
    ['Escape', [key.escape]],
    ['Ctrl-C', [key.interrupt]],
  ])('must change nothing on %s', async (_title, keys) => {
    await start('users', 'deactivate', 'bob');
    await terminal.answer('Type @bob:localhost to continue:', ...keys);
    await terminal.screen.see('ended with 130', 30);
    expect(await bob.isLoggedIn()).toBe(true);
  });

  it('must end the account when its user ID is typed', async () => {
    await start('users', 'deactivate', 'bob');
    await terminal.answer('Type @bob:localhost to continue:', '@bob:localhost', key.enter);
    await terminal.screen.see('ended with 0', 30);
    expect(await bob.isLoggedIn()).toBe(false);
  });
});

describe('completion on a terminal', () => {
  beforeAll(async () => {
    await deployment.exits(0, 'add-user', 'carol', '--generate-password');
    // On the path, as an installed program is.
    await host.run(['ln', '-s', String(deployment.command()[1]), '/usr/local/bin/matrix-deploy']);
    await terminal.ask('source <(matrix-deploy completion bash)');
    await terminal.ask(`cd ${deployment.directory}`);
  });

  it.each([
    ['users show car', 'users show carol '],
    ['users lock @car', 'users lock @carol:localhost '],
    [`users show --dir ${deployment.directory} adm`, 'admin '],
  ])('must make of %j: %j', async (typed, completed) => {
    await terminal.ask('true');
    terminal.type(`matrix-deploy ${typed}\t`);
    await terminal.screen.see(completed.trim(), 20);
    terminal.type(key.clearLine);
  });

  it('must give up soon where the homeserver hangs', async () => {
    await deployment.run(['docker', 'compose', 'pause', 'synapse']);
    try {
      await terminal.ask('true');
      terminal.type('matrix-deploy users show car\t', 'x y', key.enter);
      await terminal.screen.see('too many arguments', 20);
    } finally {
      // What is paused cannot be ended either.
      await deployment.run(['docker', 'compose', 'unpause', 'synapse']);
    }
  });
});
