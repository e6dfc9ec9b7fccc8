import { describe, expect, test } from 'vitest';
import { explainRefusal, failuresOf } from '../../../src/components/synapse/failures.ts';
import { diagnosedFrom } from '../../fakes/diagnosed.ts';

const traceback = (last: string) => `Traceback (most recent call last):
  File "/usr/local/lib/python3.13/site-packages/synapse/app/homeserver.py", line 1, in main
    setup()
${last}
`;

/** As Synapse ends when it is up to starting (synapse/app/_base.py, handle_startup_exception). */
const ended = (last: string) =>
  `${'*'.repeat(80)}\n Error during initialisation:\n    ${traceback(last).replaceAll('\n', '\n    ')}\n There may be more information in the logs.\n${'*'.repeat(80)}\n`;

describe('what Synapse refuses', () => {
  test.each<[string, string, string]>([
    [
      'an option that it finds wrong',
      "\nError in configuration at 'listeners.<item 0>.port':\n  Listener port is not a number\n",
      "Error in configuration at 'listeners.<item 0>.port': Listener port is not a number",
    ],
    [
      'a block in a frame, with a traceback behind it',
      `${'*'.repeat(30)}\n Error in configuration at 'database':\n   no such engine\n${'*'.repeat(30)}\n${traceback('ValueError: no')}`,
      "Error in configuration at 'database': no such engine",
    ],
    [
      'a value that it stumbles over',
      'Error in configuration: TypeError: Bad duration suffix banana\n',
      'TypeError: Bad duration suffix banana',
    ],
    [
      'the last of several',
      "Error in configuration at 'a':\n  one\nStarting synapse\nError in configuration at 'b':\n  two\n",
      "Error in configuration at 'b': two",
    ],
  ])('must be told of %s', (_title, output, refusal) => {
    expect(diagnosedFrom('synapse', output)).toMatchObject({
      cause: `it refuses its configuration: ${refusal}`,
      refusal,
    });
  });

  test('must not be what it says of other things', () => {
    expect(explainRefusal(traceback('ValueError: no'))).toBeUndefined();
  });
});

describe('why Synapse does not work', () => {
  test.each<[string, string, RegExp, RegExp]>([
    [
      'a media directory that was moved, and is a link now',
      "Error in configuration: FileExistsError: [Errno 17] File exists: '/data/media_store'\n",
      /data\/synapse\/media_store/,
      /mount --bind/,
    ],
    [
      'a media directory that is a file',
      "Error in configuration at 'media_store_path':\n  /data/media_store is not a directory\n",
      /data\/synapse\/media_store/,
      /move it back/,
    ],
    [
      'files that belong to another user',
      "Error in configuration: PermissionError: [Errno 13] Permission denied: '/data/media_store/local_content'\n",
      /data\/synapse\/media_store\/local_content/,
      /owner/,
    ],
    [
      'tables that a first start before this one has left',
      ended(
        '  File "storage/prepare_database.py", line 290, in _setup_new_database\npsycopg2.errors.DuplicateTable: relation "background_updates" already exists',
      ),
      /first start was cut off/,
      /Run the command again/,
    ],
    [
      'a disk that is full',
      ended("OSError: [Errno 28] No space left on device: '/data/tmp/x'"),
      /disk is full/,
      /df -h/,
    ],
    [
      'a file system that went read-only',
      ended("OSError: [Errno 30] Read-only file system: '/data/tmp/x'"),
      /read-only/,
      /dmesg/,
    ],
    [
      'a database that does not know it',
      ended(
        'psycopg2.OperationalError: connection to server at "postgres" (172.18.0.2), port 5432 failed: FATAL:  password authentication failed for user "synapse"',
      ),
      /does not accept its password/,
      /secrets\/synapse_database_password/,
    ],
    [
      'a database that is away',
      'waiting for the database: could not translate host name "postgres" to address: Name or service not known\n',
      /database does not answer/,
      /status/,
    ],
    [
      'a database that is full',
      ended(
        'psycopg2.OperationalError: connection to server at "postgres" failed: FATAL:  sorry, too many clients already',
      ),
      /no connection left/,
      /pg_stat_activity/,
    ],
    [
      'a database of a newer version',
      ended('ValueError: Cannot use this database as it is too new for the server to understand'),
      /newer Synapse/,
      /synapse\.image/,
    ],
    [
      'a port that is taken',
      ended(
        "twisted.internet.error.CannotListenError: Couldn't listen on any:8008: [Errno 98] Address already in use.",
      ),
      /in use/,
      /ss -ltnp/,
    ],
    [
      'an image without Synapse',
      "/usr/local/bin/python3: Error while finding module specification for 'synapse.app.homeserver' (ModuleNotFoundError: No module named 'synapse')\n",
      /no Synapse in its image/,
      /synapse\.image/,
    ],
  ])('must be %s, with what to do', (_title, output, cause, remedy) => {
    const diagnosis = diagnosedFrom('synapse', output);
    expect(diagnosis).toMatchObject({
      cause: expect.stringMatching(cause),
      remedy: expect.stringMatching(remedy),
      known: true,
    });
    expect(diagnosis?.refusal).toBeUndefined();
  });

  test('must not be answered by Synapse’s own advice to corrupt the database', () => {
    const advice =
      "IncorrectDatabaseSetup: Database has incorrect collation of 'en_US.UTF-8'. Should be 'C'\nYou can override this check by setting 'allow_unsafe_locale' to true";
    expect(diagnosedFrom('synapse', advice)).toMatchObject({ cause: expect.stringContaining('locale C') });
    expect(JSON.stringify(diagnosedFrom('synapse', advice))).not.toContain('allow_unsafe_locale');
  });

  test('must be the exception where nothing is known, and not the line behind it', () => {
    expect(diagnosedFrom('synapse', ended('psycopg2.DataError: no'))).toEqual({
      cause: 'its last line: psycopg2.DataError: no',
      known: false,
    });
  });
});

test.each([
  [`("Error accessing file '/x.key'", ('signing_key',))`, "signing_key: Error accessing file '/x.key'"],
  [
    `('is not a list', ('oidc_providers', '<item 0>', 'scopes'))`,
    'oidc_providers.<item 0>.scopes: is not a list',
  ],
  [`('it\\'s wrong\\nreally', None)`, "it's wrong really"],
  [`('no path', [])`, 'no path'],
])('a refusal that Python prints as a tuple must become a sentence: %s', (line, sentence) => {
  expect(failuresOf([]).quote?.(['a line before', line])).toBe(sentence);
});
