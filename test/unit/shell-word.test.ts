import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { shellWord } from '../../src/shell-word.ts';

test.each([
  '/srv/matrix',
  '/srv/it\'s $HOME `date` "a"',
  '/srv/a:b;c',
  '/srv/\\ *?[x]',
  '/srv/~',
  '/srv/ä',
  ' ',
])('%j must be one word for a shell, and that path', (path) => {
  const script = `printf '%s|' ${shellWord(path)}`;
  expect(execFileSync('sh', ['-c', script], { encoding: 'utf8' })).toBe(`${path}|`);
});

test('a path that looks like an option must be no option', () => {
  expect(shellWord('-rf')).toBe('./-rf');
});
