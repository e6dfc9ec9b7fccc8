import { describe, expect, test } from 'vitest';
import { failureIn, failureOf, isHopeless } from '../../../src/backup/failure.ts';
import { addressOf, parseAddress, type RemotePlace } from '../../../src/backup/place.ts';
import { dueReading, readWithin, wholeReading } from '../../../src/backup/reading.ts';
import { filesInput, remoteAccess, takeFiles } from '../../../src/backup/remote.ts';
import { backupTarget } from '../../../src/config/backup-targets.ts';
import { Secret } from '../../../src/secrets/secret.ts';

const rest: RemotePlace = {
  kind: 'rest',
  url: 'https://backup.example.org:8000/matrix',
  login: { user: 'alice', password: new Secret('p@ss/word') },
};
const s3: RemotePlace = {
  kind: 's3',
  endpoint: 'https://s3.example.org',
  bucket: 'backups',
  prefix: 'a/b',
  region: 'eu-1',
  accessKey: new Secret('THE-ID'),
  secretKey: new Secret('the-key'),
  ca: '-----BEGIN CERTIFICATE-----',
};

const sftp: RemotePlace = {
  ...{ kind: 'sftp', host: 'backup.example.org', port: 22, user: 'keeper', path: '/srv/backups' },
  identity: new Secret('the private key'),
  knownHosts: '[backup.example.org]:22 ssh-ed25519 AAAA',
  scratch: '/tmp',
};

describe('an address', () => {
  test.each([
    [
      'rest:https://backup.example.org:8000/matrix/',
      { kind: 'rest', url: 'https://backup.example.org:8000/matrix/' },
    ],
    [
      's3:http://s3.example.org:9000/bucket',
      { kind: 's3', endpoint: 'http://s3.example.org:9000', bucket: 'bucket' },
    ],
    [
      's3:https://s3.example.org/bucket/a/b',
      { kind: 's3', endpoint: 'https://s3.example.org', bucket: 'bucket', prefix: 'a/b' },
    ],
    [
      'sftp://keeper@backup.example.org:2222//srv/backups',
      { kind: 'sftp', user: 'keeper', host: 'backup.example.org', port: 2222, path: '/srv/backups' },
    ],
    ['/mnt/disk', { kind: 'local', path: '/mnt/disk' }],
  ])('%s must be read, and written again as it was', (text, address) => {
    const read = parseAddress(text);
    expect(read).toEqual(address);
    expect(typeof read === 'string' ? read : addressOf(read)).toBe(text);
  });

  test('may name a user, who is not told again', () => {
    const read = parseAddress('rest:https://bob@backup.example.org/x');
    expect(read).toEqual({ kind: 'rest', url: 'https://backup.example.org/x', user: 'bob' });
  });

  test.each([
    'rest:https://bob:secret@backup.example.org',
    'rest:backup.example.org',
    's3:https://s3.example.org/',
  ])('%s must be none', (text) => {
    const problem = parseAddress(text);
    expect(problem).toEqual(expect.any(String));
    expect(problem).not.toContain('secret');
  });
});

describe.each([
  ['rest-server', rest, ['p@ss/word', 'p%40ss%2Fword', 'alice']],
  ['S3', s3, ['THE-ID', 'the-key']],
  ['sftp', sftp, ['the private key']],
])('the way to %s', (_, place, secrets) => {
  const access = remoteAccess(place);

  test('must have no secret in arguments, environment or script', () => {
    const shown = JSON.stringify([access.arguments, access.environment, takeFiles(access), addressOf(place)]);
    expect(secrets.filter((secret) => shown.includes(secret))).toEqual([]);
  });

  test('must have all of them in files', () => {
    const lines = filesInput(access).trim().split('\n');
    const files = lines.map((line) => Buffer.from(line, 'base64').toString());
    expect(files).toEqual(Object.values(access.files));
    expect(files.join()).toContain(secrets.at(-1));
  });
});

test('the login of a rest-server must be a part of an address that restic reads back', () => {
  const { files } = remoteAccess(rest);
  const url = new URL((files.repository ?? '').slice('rest:'.length));
  expect([url.username, decodeURIComponent(url.password)]).toEqual(['alice', 'p@ss/word']);
});

describe('what restic says of a server', () => {
  test.each([
    [
      'Stat(<config/0>) returned error, retrying after 1s: The Access Key Id is invalid: InvalidAccessKeyId',
      'refused',
    ],
    ['Fatal: unable to open config file: unexpected HTTP response (401): 401 Unauthorized', 'refused'],
    [
      'Save(<data/1>) returned error, retrying after 1s: client.PutObject: The request signature we calculated does not match the signature you provided. Check your key and signing method.',
      'refused',
    ],
    [
      'Save(<data/1>) returned error, retrying after 1s: client.PutObject: The AWS Access Key Id you provided does not exist in our records.',
      'refused',
    ],
    ['Save(<data/1>) failed: client.PutObject: The provided token has expired.', 'refused'],
    ['Save(<data/1>) failed: unexpected HTTP response (507): 507 Insufficient Storage', 'full'],
    ['Stat(<config/0>) returned error, retrying after 1s: The specified bucket does not exist', 'bucket'],
    [
      'returned error, retrying after 1s: tls: failed to verify certificate: x509: unknown authority',
      'certificate',
    ],
    ['returned error, retrying after 1s: RequestTimeTooSkewed', 'clock'],
    ['subprocess ssh: Host key verification failed.', 'host-key'],
    ['subprocess ssh: keeper@backup.example.org: Permission denied (publickey).', 'refused'],
    ['returned error, retrying after 1s: dial tcp 10.0.0.1:8000: connect: connection refused', 'unreachable'],
  ])('%s must be known as %s', (line, failure) => {
    expect(failureIn([line])).toBe(failure);
    expect(failureOf(1, [line])).toBe(failure);
  });

  test('must not be waited for where waiting changes nothing', () => {
    expect(isHopeless('returned error, retrying after 1s: SignatureDoesNotMatch')).toBe(true);
    expect(isHopeless('returned error, retrying after 1s: unexpected HTTP response (507)')).toBe(true);
    expect(isHopeless('returned error, retrying after 1s: dial tcp: connection refused')).toBe(false);
  });
});

describe('reading back', () => {
  const day = 86_400_000;
  const start = Date.parse('2026-11-28T04:00:00Z');
  const at = (days: number) => new Date(start + days * day);

  test.each([
    ['a day, some minutes late', Array.from({ length: 31 }, (_, index) => index * 1.004)],
    ['a week', [0, 7, 14, 21, 28, 35]],
    ['six hours', Array.from({ length: 121 }, (_, index) => index / 4)],
    ['a day, with a month without any', [0, 1, 2, 33]],
  ])('must have read every part within 30 days where a backup is made each %s', (_, days) => {
    const read = new Set<string>();
    let after: ReturnType<typeof dueReading>['after'] | undefined;
    for (const moment of days) {
      const due = dueReading(after, 30 * day, at(moment));
      for (const part of due.parts === 'all'
        ? Array.from({ length: 30 }, (_each, n) => `${n + 1}/30`)
        : due.parts)
        read.add(part);
      after = due.after;
    }
    expect(read.size).toBe(30);
  });

  test('must read one part a day, and no more', () => {
    const first = dueReading(undefined, 30 * day, at(0));
    expect(first.parts).toEqual(['1/30']);
    expect(dueReading(first.after, 30 * day, at(1.003)).parts).toEqual(['2/30']);
  });

  test('must begin with what was read longest ago, also after everything was read', () => {
    const whole = wholeReading(3 * day, at(0));
    const first = dueReading(whole, 3 * day, at(1));
    expect([first.parts, dueReading(first.after, 3 * day, at(2)).parts]).toEqual([['1/3'], ['2/3']]);
    const wrapped = dueReading(
      [at(3), at(1), at(2)].map((moment) => moment.toISOString()),
      3 * day,
      at(4),
    );
    expect(wrapped.parts).toEqual(['2/3']);
  });

  test('must begin with nothing read where the time has changed', () => {
    const { parts, after } = dueReading(wholeReading(3 * day, at(0)), 4 * day, at(1));
    expect([parts, readWithin(after, 4 * day, at(1))]).toEqual([['1/4'], { read: 1, parts: 4 }]);
  });

  test('must be told by how many parts were read within the time', () => {
    expect(readWithin(undefined, 30 * day, at(0))).toEqual({ read: 0, parts: 30 });
    const { after } = dueReading(undefined, 30 * day, at(0));
    expect(readWithin(after, 30 * day, at(30))).toEqual({ read: 1, parts: 30 });
    expect(readWithin(after, 30 * day, at(31))).toEqual({ read: 0, parts: 30 });
    expect(readWithin(wholeReading(30 * day, at(0)), 30 * day, at(1))).toEqual({ read: 30, parts: 30 });
  });

  test('must read everything where that is to be read each day', () => {
    expect(dueReading(undefined, day, at(0)).parts).toBe('all');
  });
});

describe('a target of matrix.yaml', () => {
  const password = { from_secret: 'backup_password' };
  const keys = { access_key: { from_secret: 'id' }, secret_key: { from_secret: 'key' } };
  const valid = [
    { kind: 'rest', url: 'https://backup.example.org:8000/matrix', user: 'alice', password },
    { kind: 'rest', url: 'http://10.0.0.2:8000/' },
    { kind: 's3', endpoint: 'https://s3.example.org', bucket: 'backups', ...keys },
  ];
  const wrong = [
    { ...valid[0], url: 'https://alice:secret@backup.example.org' },
    { ...valid[0], password: 'secret' },
    { ...valid[0], user: undefined },
    { ...valid[2], endpoint: 'https://s3.example.org/backups' },
    { ...valid[2], secret_key: 'secret' },
    { kind: 'ftp', path: 'x' },
  ];

  test.each(valid)('%j must be one', (target) => {
    expect(backupTarget.safeParse(target).success).toBe(true);
  });

  test.each(wrong)('%j must be none, and its secrets in no message', (target) => {
    const { error } = backupTarget.safeParse(target);
    expect(error?.issues.map(({ message }) => message).join()).toMatch(/must/);
    expect(JSON.stringify(error?.issues.map(({ message }) => message))).not.toContain('alice:secret');
  });
});
