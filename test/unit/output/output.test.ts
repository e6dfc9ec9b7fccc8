import { describe, expect, test } from 'vitest';
import type { ServiceHealth } from '../../../src/apply/verify.ts';
import { ConfigError, UserError } from '../../../src/errors.ts';
import { describeFailure, failureToJson } from '../../../src/output/failure.ts';
import { describeStatus } from '../../../src/output/status.ts';
import { styleFor } from '../../../src/output/style.ts';
import { alignColumns } from '../../../src/output/table.ts';
import { describeWelcome } from '../../../src/output/welcome.ts';
import { describeOperation, describeSeconds } from '../../../src/output/wording.ts';
import { reconcile } from '../../../src/plan/reconcile.ts';
import type { InitResult } from '../../../src/procedures/init.ts';
import type { StatusReport } from '../../../src/procedures/status/report.ts';
import { localConfig } from '../../fakes/configurations.ts';
import { desiredOf, emptyHost } from '../../fakes/observed.ts';

const terminal = { write: () => undefined, isTTY: true };
const plain = styleFor({ ...terminal, isTTY: false }, {});

describe('colour', () => {
  test.each<[string, Parameters<typeof styleFor>, boolean]>([
    ['on a terminal', [terminal, {}], true],
    ['in a pipe', [{ ...terminal, isTTY: false }, {}], false],
    ['where it is not known what the stream is', [{ write: terminal.write }, {}], false],
    ['with NO_COLOR', [terminal, { NO_COLOR: '1' }], false],
    ['with an empty NO_COLOR, which means nothing', [terminal, { NO_COLOR: '' }], true],
    ['on a dumb terminal', [terminal, { TERM: 'dumb' }], false],
  ])('%s: %#', (_title, [stream, environment], coloured) => {
    const text = styleFor(stream, environment).red('x');
    expect(text).toBe(coloured ? '\u001b[31mx\u001b[39m' : 'x');
  });
});

describe('a table', () => {
  test('must cut its widest columns where it would be wider than the terminal', () => {
    const rows = [
      ['short', 'a name of many words'],
      ['a long user ID', 'x'],
    ];
    expect(alignColumns(rows, 26)).toEqual(['short         a name of m…', 'a long user…  x']);
    expect(alignColumns(rows, 10)).toEqual(['short       a name of…', 'a long us…  x']);
    expect(alignColumns(rows)).toEqual(['short           a name of many words', 'a long user ID  x']);
  });

  test.each([
    [[], []],
    [[['a']], ['a']],
    [
      [
        ['a', 'b'],
        ['long', 'c'],
      ],
      ['a     b', 'long  c'],
    ],
    [
      [
        ['a', ''],
        ['b', ''],
      ],
      ['a', 'b'],
    ],
    [
      [
        ['a', 'much longer'],
        ['b', 'c'],
      ],
      ['a  much longer', 'b  c'],
    ],
  ])('of %j must be aligned', (rows, lines) => {
    expect(alignColumns(rows)).toEqual(lines);
  });
});

test.each([
  [0, '0.0 s'],
  [449, '0.4 s'],
  [9_940, '9.9 s'],
  [12_300, '12 s'],
  [59_400, '59 s'],
  [59_600, '1 min 0 s'],
  [125_000, '2 min 5 s'],
])('%d milliseconds must read %s', (milliseconds, text) => {
  expect(describeSeconds(milliseconds)).toBe(text);
});

test('every operation of an installation must be told in words', () => {
  expect(
    reconcile(desiredOf(localConfig), { ...emptyHost(localConfig), images: new Set() }).map(
      describeOperation,
    ),
  ).toMatchInlineSnapshot(`
    [
      "pull image postgres:17",
      "pull image matrixdotorg/synapse:v1.163.2",
      "pull image traefik:v3.7.15",
      "create secrets/synapse_database_password",
      "create secrets/synapse_pg_service.conf",
      "create secrets/registration_shared_secret",
      "create secrets/macaroon_secret_key",
      "create secrets/form_secret",
      "create secrets/signing.key",
      "create secrets/local_ca.key",
      "create secrets/local_ca.pem",
      "create secrets/localhost.key",
      "create secrets/localhost.pem",
      "initialise data/postgres",
      "create data/synapse",
      "write docker-compose.yml",
      "write postgres/pg_hba.conf",
      "write synapse/body_limits.py",
      "write synapse/callers.py",
      "write synapse/drain.py",
      "write synapse/held_bytes.py",
      "write synapse/homeserver.yaml",
      "write synapse/known_servers.py",
      "write synapse/log.config.yaml",
      "write synapse/only_one.py",
      "write synapse/patient_synapse.py",
      "write synapse/stored_bytes.py",
      "write synapse/synapse_adjustments.py",
      "write synapse/turns.py",
      "write synapse/untaken_answers.py",
      "write synapse/with_byte_code.py",
      "write traefik/dynamic/routes.yml",
      "write traefik/traefik.yml",
      "create container of postgres",
      "create service postgres",
      "create container of synapse",
      "create service synapse",
      "create container of traefik",
      "create service traefik",
      "wait until postgres answers queries",
      "create database synapse",
      "wait until synapse answers the client API through the proxy",
      "begin to write byte code of synapse",
      "wait until traefik serves a certificate for localhost",
    ]
  `);
});

describe('a failure', () => {
  const failure = new ConfigError('matrix.yaml has an error', {
    code: 'config.invalid',
    details: ['matrix.yaml:3: host is missing'],
    hint: 'Fix it.',
  });

  test('must say what happened, why, and what to do', () => {
    expect(describeFailure(failure, plain)).toBe(
      'error matrix.yaml has an error\n  matrix.yaml:3: host is missing\nFix it.\n',
    );
  });

  test('must be one object for a program', () => {
    expect(failureToJson(failure)).toEqual({
      schemaVersion: 1,
      error: {
        code: 'config.invalid',
        message: 'matrix.yaml has an error',
        details: ['matrix.yaml:3: host is missing'],
        hint: 'Fix it.',
        exitCode: 3,
      },
    });
  });

  test('must be broken between words on a terminal, each part indented like the whole', () => {
    const failure = new UserError('this is too long', { code: 'x', details: ['  and this is, too'] });
    expect(describeFailure(failure, plain, 14)).toBe('error this is\ntoo long\n    and this\n    is, too\n');
  });

  test('that is not ours must be called a bug, with its stack', () => {
    const text = describeFailure(new TypeError('x is not a function'), plain);
    expect(text).toContain('error x is not a function\nThis is a bug in matrix-deploy.');
    expect(text).toContain('output.test.ts');
    expect(failureToJson(new TypeError('x')).error).toMatchObject({ code: 'bug', exitCode: 1 });
  });

  test.each(['a string', 42, undefined, null])('%j, thrown by somebody, must be told too', (thrown) => {
    expect(describeFailure(thrown, plain)).toContain(`error ${thrown}\n`);
  });

  test('must be free of what a terminal would obey, wherever foreign text is', () => {
    const evil = 'a\u001b[2J\u001b]0;title\u0007\u0008\u009b31m\r\u007fb';
    const user = new UserError(evil, { code: 'x', details: [evil], hint: 'h' });
    const bug = new Error(evil);
    for (const text of [user, bug].map((error) => describeFailure(error, plain))) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be there.
      expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
      expect(text).toContain('a\\u001b[2J\\u001b]0;title');
    }
  });
});

describe('the status', () => {
  const service: ServiceHealth = {
    service: 'synapse',
    image: 'x:1@sha256:0123456789abcdef',
    wantedImage: 'x:1@sha256:0123456789abcdef',
    imageDiffers: false,
    status: 'Up',
    healthy: true,
    whenDown: null,
    problems: [],
    warnings: [],
    restarts: 0,
    memory: undefined,
    logBytes: undefined,
  };
  const report: StatusReport = {
    serverName: 'example.org',
    healthy: true,
    pendingChanges: 0,
    services: [service],
    findings: [],
    fileSystems: [],
    sizes: {},
    memory: undefined,
    certificates: [],
    backups: [],
    nextBackup: null,
  };

  test('of a healthy server must say so, and what runs', () => {
    expect(describeStatus(report, plain)).toEqual([
      'example.org: healthy',
      'STATUS   SERVICE  IMAGE             CONTAINER',
      'healthy  synapse  x:1@0123456789ab  Up',
    ]);
  });

  test('must say how much of the backups on another machine was read back, and nothing of that on this host', () => {
    const latest = { set: '20261128-041500-3fa9', at: new Date('2026-11-28T04:15:00Z') };
    const known = { target: 'x', latest, latestDrill: null, hasRecoveryKey: true };
    const backups = [
      { ...known, path: '/mnt/disk', readBack: null },
      { ...known, path: 's3:https://s3.example.org/b', readBack: { read: 12, parts: 30, within: '30d' } },
    ];
    expect(describeStatus({ ...report, backups }, plain).slice(3)).toEqual([
      'Latest verified backup: 20261128-041500-3fa9, in /mnt/disk.',
      'Latest verified backup: 20261128-041500-3fa9, in s3:https://s3.example.org/b.',
      'Of all that is in s3:https://s3.example.org/b, 12 of 30 parts were read back within 30d.',
    ]);
  });

  test('must name what is wrong and what is pending', () => {
    const broken = { ...service, healthy: false, problems: ['failed: answers (ECONNREFUSED)'] };
    const findings = [
      { about: 'storage', verdict: 'failed', finding: 'the disk is full', remedy: 'Free some' },
      { about: 'boot', verdict: 'warning', finding: 'it is not started at boot', remedy: '' },
    ] as const;
    const wrong = { ...report, healthy: false, pendingChanges: 2, services: [broken], findings };
    expect(describeStatus(wrong, plain)).toEqual([
      'example.org: unhealthy',
      'STATUS     SERVICE  IMAGE             CONTAINER',
      'UNHEALTHY  synapse  x:1@0123456789ab  Up',
      'the disk is full. Free some',
      'synapse: failed: answers (ECONNREFUSED)',
      'note: it is not started at boot',
      'Changes are pending: see `matrix-deploy plan`.',
    ]);
  });

  test.each([
    ['x:2@sha256:fedcba9876543210', 'x:2@fedcba987654'],
    ['x:1@sha256:0123456789abcdef', 'another image'],
  ])('must name the image that is wanted where another one runs: %s', (wantedImage, said) => {
    const other = { ...service, wantedImage, imageDiffers: true };
    expect(describeStatus({ ...report, services: [other] }, plain).join('\n')).toContain(said);
  });

  test('must show what is free, what grows, and when it is full, or that nobody knows', () => {
    const fileSystem = {
      mountPoint: '/',
      type: 'ext4',
      places: ['/opt/matrix'],
      isReadOnly: false,
      totalBytes: 20e9,
      freeBytes: 15e9,
      inodes: 100,
      freeInodes: 90,
    };
    const fileSystems = [
      { ...fileSystem, trend: null },
      { ...fileSystem, mountPoint: '/d', trend: { bytesPerDay: 1e9, observedDays: 3, fullInDays: 15 } },
    ];
    const lines = describeStatus({ ...report, fileSystems, sizes: { 'the database': 2e9 } }, plain);
    expect(lines.slice(-4)).toEqual([
      'FILE SYSTEM  USED    FREE   FREE INODES  FULL',
      expect.stringMatching(/^\/ +5.0 GB +15 GB +90 % +unknown/),
      expect.stringMatching(/^\/d .*in 15 days, at the pace of the last 3 days$/),
      'Of that: the database 2.0 GB.',
    ]);
  });
});

describe('the welcome', () => {
  const result = {
    directory: '/opt/matrix',
    changed: true,
    started: true,
    outside: [],
    url: 'https://matrix.example.org',
    userId: '@admin:example.org',
    passwordFile: '/opt/matrix/secrets/admin_password',
    roots: [],
    warnings: [],
    documents: [],
    records: [],
  };
  const seen = { expectation: 'x', url: 'https://example.org/x', verdict: 'passed' } as const;

  test('of a public server must say where everything is, and how to log in', () => {
    expect(describeWelcome({ ...result, outside: [seen] }, plain, '')).toMatchInlineSnapshot(`
      [
        "Your homeserver is running.",
        "",
        "  homeserver  https://matrix.example.org",
        "  user ID     @admin:example.org",
        "  password    in /opt/matrix/secrets/admin_password",
        "  settings    in /opt/matrix/matrix.yaml",
        "",
        "External checks: 1 of 1 passed.",
        "",
        "From a phone: install Element X, choose "Sign in manually" and then "Change",
        "account provider", type example.org, and sign in as @admin:example.org with the",
        "password.",
        "",
        "Add people: \`matrix-deploy add-user\`.",
        "See it: \`matrix-deploy status\`. Undo it: \`matrix-deploy destroy\`.",
      ]
    `);
  });

  test('of a server on this machine must name the certificate to trust, and no phone', () => {
    const roots = ['/opt/matrix/secrets/local_ca.pem'];
    const text = describeWelcome({ ...result, roots }, plain, '').join('\n');
    expect(text).toContain(`trust ${roots[0]}`);
    expect(text).not.toContain('phone');
  });

  describe('of a server that a site elsewhere leads to', () => {
    const documents = [{ url: 'https://example.org/s', headers: {}, body: '{"m.server": "x:443"}' }];
    const shown = (outside: InitResult['outside'], started = true) =>
      describeWelcome({ ...result, documents, outside, started }, plain, '')
        .join('\n')
        .includes('{"m.server": "x:443"}');

    test('must show the documents until they are right', () => {
      expect(shown([{ ...seen, verdict: 'failed', code: 'well-known-missing' }])).toBe(true);
      expect(shown([], false)).toBe(true);
      expect(shown([seen])).toBe(false);
    });
  });

  test('must say when there was nothing to do', () => {
    expect(describeWelcome({ ...result, changed: false }, plain, '')[0]).toBe(
      'No changes: your homeserver is running.',
    );
  });

  test.each([true, false])(
    'must give each command the directory where commands do not find it, on a line of its own: %j',
    (started) => {
      const dirFlag = " --dir '/srv/a long name of a directory/in which a server is/matrix'";
      const lines = describeWelcome({ ...result, started }, plain, dirFlag);
      const commands = lines.filter((line) => line.includes('matrix-deploy '));
      expect(commands).toHaveLength(started ? 3 : 2);
      for (const line of commands) expect(line).toMatch(/matrix-deploy [a-z-]+ --dir '.*\/matrix'$/);
    },
  );

  test('of a server that is not started must name no password, and say how to go on', () => {
    const text = describeWelcome({ ...result, started: false }, plain, '').join('\n');
    expect(text).toContain('Nothing is running yet.');
    expect(text).toContain('`matrix-deploy init` again to continue');
    expect(text).not.toContain('password');
  });
});
