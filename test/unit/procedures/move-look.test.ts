import { describe, expect, test } from 'vitest';
import { judgeHost, parseAnswers } from '../../../src/procedures/move/look.ts';

const good = ['system Linux', 'node v20.19.0', 'tar yes'];
const place = { directoryThere: '/opt/matrix', isContinued: false };

const judge = (lines: readonly string[], options: Partial<typeof place> & { digest?: string } = {}) =>
  judgeHost('beta', parseAnswers(lines.join('\n')), { ...place, ...options }, options.digest);

describe('a host that is to take a server', () => {
  test.each([
    ['has nothing of it', good, {}],
    ['has an empty disk at its place', [...good, 'entry lost+found'], {}],
    ['has a copy of these backups', [...good, 'backup config', 'repository abc'], { digest: 'abc' }],
    ['was begun with by a run before', [...good, 'entry state', 'backup data'], { isContinued: true }],
    ['has a newer Node.js', ['system Linux', 'tar yes', 'node v24.1.0'], {}],
  ])('must be taken when it %s', (_, lines, options) => {
    expect(() => judge(lines, options)).not.toThrow();
  });

  test.each([
    ['is this one', ['same yes', ...good], {}, 'move.same'],
    ['is no Linux', ['system Darwin', 'node v22.0.0', 'tar yes'], {}, 'move.host'],
    ['has no Node.js', ['system Linux', 'tar yes'], {}, 'move.host'],
    ['has an older Node.js', ['system Linux', 'tar yes', 'node v20.18.3'], {}, 'move.host'],
    ['has something at its place', [...good, 'entry matrix.yaml'], {}, 'move.used'],
    ['has other backups', [...good, 'backup config', 'repository abc'], { digest: 'def' }, 'move.used'],
    ['has backups where there are none here', [...good, 'backup config', 'repository abc'], {}, 'move.used'],
    ['answers nothing', [], {}, 'move.host'],
  ])('must be refused when it %s', (_, lines, options, code) => {
    expect(() => judge(lines, options)).toThrow(expect.objectContaining({ code }));
  });
});
