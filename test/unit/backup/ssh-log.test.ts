import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { withSshLog } from '../../../src/backup/ssh-log.ts';
import { temporaryDirectory } from '../../fakes/directory.ts';

const refused = 'keeper@backup.example.org: Permission denied (publickey).\n';

/** Runs a script of the shell in place of restic, after ssh has written its log. */
async function start(program: string) {
  const log = join(await temporaryDirectory(), 'ssh-log');
  await writeFile(log, refused);
  const child = spawn('/bin/sh', ['-euc', withSshLog(log), 'sh', '/bin/sh', '-c', program]);
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  return {
    child,
    async end() {
      const [code] = await once(child, 'exit');
      const [stdout, stderr] = await said;
      return { code, stdout, stderr };
    },
  };
}

describe('what ssh says', () => {
  test('must come after what a program says that failed, whose exit code it is', async () => {
    const { end } = await start('echo fatal >&2; exit 3');
    expect(await end()).toEqual({ code: 3, stdout: '', stderr: `fatal\n${refused}` });
  });

  test('must not be told of a program that succeeded, whose input and output are its own', async () => {
    const { child, end } = await start('cat');
    child.stdin.end('what is saved');
    expect(await end()).toEqual({ code: 0, stdout: 'what is saved', stderr: '' });
  });

  test('must not keep a program from being asked to end, however soon', async () => {
    for (const _ of Array(30)) {
      const { child, end } = await start("trap 'echo unlocked; exit 7' TERM; echo ready >&2; read line");
      await once(child.stderr, 'data');
      child.kill('SIGTERM');
      expect(await end()).toMatchObject({ code: 7, stdout: 'unlocked\n' });
    }
  });
});
