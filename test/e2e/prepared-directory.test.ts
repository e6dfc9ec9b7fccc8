import { beforeEach, describe, expect, it } from 'vitest';
import { attachLab } from '../lab/attach.ts';
import { Deployment } from './support/deployment.ts';

const lab = await attachLab();
const host = await lab.host('alpha');
await host.run(['useradd', '--create-home', 'mallory']);

/** What root has that mallory wants to change: texts, modes and owners. */
const precious = '/root/precious';
const seen = () => host.run(['sh', '-c', `stat -c '%n %a %u' ${precious} ${precious}/*; cat ${precious}/*`]);

beforeEach(async () => {
  await host.run(['sh', '-c', `rm -rf /srv/* ${precious}; mkdir -m 755 ${precious}`]);
  await host.run(['sh', '-c', `echo old >${precious}/file; chmod 644 ${precious}/file`]);
});

/** Runs a script as mallory. */
const asMallory = (script: string) => host.run(['runuser', '-u', 'mallory', '--', 'sh', '-c', script]);

/** Links under every name that a run may write, to what root has. */
const links = `
  ln -s ${precious} state; ln -s ${precious} secrets; ln -s ${precious} data
  for name in matrix.yaml docker-compose.yml; do ln -s ${precious}/file $name.new; done`;

describe('init, run by root in a directory that another user has prepared,', () => {
  it.each([
    ['which belongs to that user', 'install -d -o mallory /srv/matrix', '/srv/matrix'],
    [
      'whose parent belongs to that user',
      'install -d -o mallory /srv/hers; mkdir /srv/hers/matrix',
      '/srv/hers',
    ],
    ['in which everybody may write', 'install -d -m 777 /srv/matrix', '/srv/matrix'],
    ['which everybody may replace', 'install -d -m 777 /srv/open; mkdir /srv/open/matrix', '/srv/open'],
  ])('%s, must change nothing of what the links lead to', async (_case, prepare, hers) => {
    await host.run(['sh', '-c', prepare]);
    await asMallory(`cd ${hers}; ${links}`);
    const [before, beforeThere] = [await seen(), await host.run(['find', hers, '-ls'])];
    const directory = (await host.run(['find', '/srv', '-name', 'matrix', '-type', 'd'])).trim();

    const { exitCode, stderr } = await new Deployment(host, { directory }).cli('init', '--local', '--yes');

    expect(exitCode).toBe(4);
    expect(stderr).toContain(hers);
    expect(await seen()).toBe(before);
    expect(await host.run(['find', hers, '-ls'])).toBe(beforeThere);
  });
});

describe('init, run by root in a directory that was taken from the user who prepared it,', () => {
  it('must not write through the links that are left', async () => {
    await host.run(['install', '-d', '-o', 'mallory', '/srv/matrix']);
    await asMallory(`cd /srv/matrix; ln -s ${precious} state`);
    await host.run(['chown', 'root', '/srv/matrix']);
    const before = await seen();

    const { exitCode } = await new Deployment(host).cli('init', '--local', '--yes', '--no-start');

    expect(exitCode).not.toBe(0);
    expect(await seen()).toBe(before);
  });
});
