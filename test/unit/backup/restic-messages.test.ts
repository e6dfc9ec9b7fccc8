import { expect, test } from 'vitest';
import { failureOf } from '../../../src/backup/failure.ts';
import { messages } from '../../../src/backup/restic-messages.ts';

// All as restic 0.19.1 has written them.
const id = '8d2e5abf01e667922349f96b62676d639f435ed1d72a52eaa12b73c0a253c0c2';
const summary = `{"message_type":"summary","files_new":1,"files_changed":0,"files_unmodified":0,"dirs_new":2,"dirs_changed":0,"dirs_unmodified":0,"data_blobs":1,"tree_blobs":3,"data_added":1056,"data_added_packed":955,"total_files_processed":1,"total_bytes_processed":3,"total_duration":0.546146627,"backup_start":"2026-11-28T19:29:15.976824594Z","backup_end":"2026-11-28T19:29:16.522971221Z","snapshot_id":"${id}"}`;
const snapshot = `{"time":"2026-11-28T19:29:15.976824594Z","tree":"797522fda907aa87c1d82b815a2fef21b9181917c500af3cc98a9fbbb22e4a40","paths":["/media"],"hostname":"vm","username":"root","tags":["set=1","part=media"],"program_version":"restic 0.19.1","summary":{"total_files_processed":1,"total_bytes_processed":3},"id":"${id}","short_id":"8d2e5abf"}`;
const node =
  '{"name":"f","type":"file","path":"/m/a/f","uid":991,"gid":991,"size":3,"mode":420,"permissions":"-rw-r--r--","mtime":"2026-11-28T19:29:15.954253472Z","inode":10182908,"message_type":"node","struct_type":"node"}';
const directory =
  '{"name":"m","type":"dir","path":"/m","uid":0,"gid":0,"mode":2147484141,"permissions":"drwxr-xr-x","message_type":"node","struct_type":"node"}';
const checked =
  '{"message_type":"summary","num_errors":0,"broken_packs":null,"suggest_repair_index":false,"suggest_prune":false}';

test('the end of a backup must tell the snapshot and what it cost', () => {
  expect(messages.saved(summary)).toEqual({ snapshot: id, bytes: 3, added: 955, files: 1 });
  expect(messages.saved(checked)).toBeUndefined();
});

test('snapshots must be read, also one without tags', () => {
  const bare = snapshot.replace('"tags":["set=1","part=media"],', '');
  const read = { id, time: '2026-11-28T19:29:15.976824594Z', hostname: 'vm', paths: ['/media'], bytes: 3 };
  expect(messages.snapshots(`[${snapshot},${bare}]`)).toEqual([
    { ...read, tags: ['set=1', 'part=media'] },
    { ...read, tags: [] },
  ]);
});

test('what is in a snapshot must be read without the bits of its kind', () => {
  expect(messages.entry(node)).toMatchObject({ path: '/m/a/f', type: 'file', size: 3, mode: 0o644 });
  expect(messages.entry(directory)).toMatchObject({ path: '/m', type: 'dir', size: 0, mode: 0o755 });
  expect(messages.entry(snapshot)).toBeUndefined();
});

test.each([
  [
    'a backup',
    '{"message_type":"status","seconds_elapsed":1,"seconds_remaining":4,"percent_done":0.5,"total_files":2,"files_done":1,"total_bytes":20,"bytes_done":10}',
    { bytes: 10, totalBytes: 20, files: 1, totalFiles: 2, secondsLeft: 4 },
  ],
  [
    'a backup of a stream, whose size is unknown,',
    '{"message_type":"status","seconds_elapsed":4,"seconds_remaining":354153278676,"total_bytes":0,"bytes_done":10}',
    { bytes: 10, totalBytes: 0, files: 0, totalFiles: 0, secondsLeft: undefined },
  ],
  [
    'a restore',
    '{"message_type":"status","percent_done":0.5,"total_files":2,"files_restored":1,"total_bytes":20,"bytes_restored":10}',
    { bytes: 10, totalBytes: 20, files: 1, totalFiles: 2, secondsLeft: undefined },
  ],
])('how far %s is must be read', (_, line, progress) => {
  expect(messages.progress(line)).toEqual(progress);
});

test.each([
  [
    '{"message_type":"exit_error","code":12,"message":"Fatal: wrong password or no key found"}',
    'Fatal: wrong password or no key found',
  ],
  [
    '{"message_type":"error","error":{"message":"open /media/x: permission denied"},"during":"archival","item":"/media/x"}',
    '/media/x: open /media/x: permission denied',
  ],
  ['{"message_type":"error","message":"\\nfirst\\n\\n  second\\n"}', 'first second'],
  ['subprocess sh: pg_dump: error: no', undefined],
  ['{', undefined],
  [checked, undefined],
  ['', undefined],
])('%s must be told as: %s', (line, problem) => {
  expect(messages.problem(line)).toBe(problem);
});

test('IDs must be read one a line', () => {
  expect(messages.ids(`${id}\n${id}`)).toEqual([id, id]);
  expect(messages.ids('')).toEqual([]);
});

test.each([
  [12, [], 'key'],
  [10, [], 'missing'],
  [11, [], 'locked'],
  [3, [], 'unreadable'],
  [137, [], 'killed'],
  [1, ['Fatal: unable to save snapshot: write /repository/data/a: no space left on device'], 'full'],
  [1, ['Fatal: repository contains errors'], 'damaged'],
  [1, ['Fatal: LoadRaw(<data/0017da9395>): invalid data returned'], 'damaged'],
  [1, ['Fatal: LoadRaw(<key/b17da9395f>): invalid data returned'], 'key-file'],
  [1, ['Fatal: open /repository/locks/x: permission denied'], 'denied'],
  [1, ['subprocess sh: open /tmp/x: permission denied'], 'failed'],
  [127, [], 'failed'],
  [
    1,
    [
      'subprocess sh: psql: error: connection to server at "postgres" failed: Connection refused',
      'Fatal: unable to save snapshot: failed to save /a: Fatal: command failed: exit status 2',
    ],
    'source',
  ],
] as const)('%i with %j must be taken for: %s', (code, said, failure) => {
  expect(failureOf(code, said)).toBe(failure);
});
