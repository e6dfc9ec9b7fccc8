import { expect, test } from 'vitest';
import { vanishedFiles } from '../../../src/backup/vanished.ts';

const root = '/data-synapse';
const gone = (path: string) =>
  `{"message_type":"error","error":{"message":"open ${path}: no such file or directory"},"during":"archival","item":"${path}"}`;
const denied = `{"message_type":"error","error":{"message":"open ${root}/b: permission denied"},"during":"archival","item":"${root}/b"}`;
const end =
  '{"message_type":"exit_error","code":3,"message":"Warning: at least one source file could not be read"}';

test('files that were deleted meanwhile must be told, each once', () => {
  expect(vanishedFiles([gone(`${root}/a`), gone(`${root}/m/b`), gone(`${root}/a`), end], root)).toEqual([
    `${root}/a`,
    `${root}/m/b`,
  ]);
});

test.each([
  ['a file that may not be read', [gone(`${root}/a`), denied, end]],
  ['the whole directory', [gone(root), end]],
  ['a file outside of it', [gone('/etc/a'), end]],
  ['nothing', [end]],
  ['something that is not understood', [gone(`${root}/a`), 'panic', end]],
  ['more than anybody deletes', Array.from({ length: 1001 }, (_, index) => gone(`${root}/${index}`))],
])('a complaint about %s must not pass for that', (_, complaints) => {
  expect(vanishedFiles(complaints, root)).toBeUndefined();
});
