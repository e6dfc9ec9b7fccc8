import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adminMeaning } from '../../src/config/admin.ts';
import { key } from '../fakes/screen.ts';
import { attachLab } from '../lab/attach.ts';
import { Client } from './support/client.ts';
import { Deployment } from './support/deployment.ts';
import { stackImages } from './support/stack-images.ts';
import { Terminal } from './support/terminal.ts';

const lab = await attachLab();
const names = ['example.test', 'matrix.example.test'];
const host = await lab.host('matrix', { images: stackImages, names });
const deployment = new Deployment(host, { serverName: 'example.test' });
await host.run(['hostname', 'matrix.example.test']);
const terminal = await Terminal.open(host);
afterAll(() => terminal.close());

const roots = '/usr/local/share/ca-certificates/lab.crt';
const init = deployment.command('init', '--acme-roots', roots).join(' ');

describe('init, when somebody is there to answer', () => {
  it('must end with 130 at Ctrl-C, and leave the terminal and the host as they were', async () => {
    const before = await terminal.ask('stty -a');
    terminal.type(`clear; ${init}; echo "ended with $?"\r`);
    await terminal.answer('1 of about 6', key.clearLine, 'Example.test', key.enter);
    await terminal.answer('did you mean example.test?', key.clearLine, key.enter);
    await terminal.answer('2 of about 6', key.enter);
    await terminal.answer('3 of about 6', 'chat.example.test', key.enter);
    await terminal.answer('4 of about 6', key.escape);
    await terminal.answer('host: (chat.example.test)', key.interrupt);
    await terminal.screen.see('answers are saved', 10);
    await terminal.screen.see('ended with 130', 10);
    expect(terminal.screen.isCursorShown).toBe(true);
    expect(await terminal.ask('stty -a')).toBe(before);
    expect(await host.exists(deployment.directory)).toBe(false);
  });

  it('must keep the answers where nobody else can read them', async () => {
    expect(await terminal.ask('stat --format %a ~/.local/state/matrix-deploy/*')).toBe('600');
  });
});

describe('init, when every question is answered with Enter', () => {
  beforeAll(async () => {
    terminal.type(`clear; ${init}\r`);
    await terminal.answer('1 of about 6', key.enter);
    await terminal.answer('2 of about 6', key.enter);
    await terminal.answer('host: (chat.example.test)', key.clearLine, 'matrix.example.test', key.enter);
    await terminal.answer('4 of about 6', key.enter);
    await terminal.answer('5 of 6');
    await terminal.screen.see(adminMeaning, 10);
    terminal.type(key.enter);
    await terminal.answer('6 of 6', key.enter);
    await terminal.screen.see('Continue with these answers?', 10);
    expect([terminal.screen.isWrapped, terminal.screen.isFull], terminal.screen.text).toEqual([false, false]);
    await terminal.answer('Yes, set it up', key.enter);
    await terminal.screen.see(`matrix-deploy status --dir ${deployment.directory}`, 120);
  });

  it('must say what to do next, on a page', () => {
    const { text, isWrapped } = terminal.screen;
    expect(text).toContain('https://matrix.example.test');
    expect(text).toContain('@admin:example.test');
    expect(text).toContain(`${deployment.directory}/secrets/admin_password`);
    expect(text).toContain('Element X');
    expect(isWrapped, text).toBe(false);
  });

  it('must have a server on which the admin can log in', async () => {
    const client = new Client({ from: host, url: 'https://matrix.example.test' });
    const admin = await client.logIn('admin', await deployment.readFile('secrets/admin_password'));
    expect(await admin.isLoggedIn()).toBe(true);
  });

  it('must keep no answers of what is done', async () => {
    expect(await host.run(['ls', '/root/.local/state/matrix-deploy'])).toBe('');
  });
});
