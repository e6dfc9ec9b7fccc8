import { describe, expect, test } from 'vitest';
import type { RowOutcome, RowResult } from '../../../src/administration/add-users.ts';
import { describeNewUsers } from '../../../src/output/new-users.ts';
import { plainRenderer } from '../../../src/output/plain.ts';
import { styleFor } from '../../../src/output/style.ts';

const written: string[] = [];
const stream = { write: (text: string) => written.push(text) };
const plain = styleFor(stream, {});

const outcome = (localpart: string, result: RowResult, problem?: string): RowOutcome => ({
  row: { line: 2, localpart, admin: false },
  userId: `@${localpart}:example.org`,
  result,
  ...(problem === undefined ? {} : { problem }),
});

test('what became of each user of a file must be told, and where the passwords are', () => {
  const outcomes = [
    outcome('bob', 'made'),
    outcome('carol', 'made-before'),
    outcome('dave', 'exists'),
    outcome('eve', 'failed', 'the homeserver refused'),
    outcome('fay', 'not-begun'),
  ];
  const result = { outcomes, passwordFiles: ['/srv/new.csv'] };
  expect(describeNewUsers(result, 'https://matrix.example.org', plain)).toEqual([
    '1 of 5 users was created.',
    '',
    'USER                RESULT',
    '@bob:example.org    created',
    '@carol:example.org  exists already',
    '@dave:example.org   existed before; not changed',
    '@eve:example.org    failed: the homeserver refused',
    '@fay:example.org    not created yet',
    '',
    'Users enter https://matrix.example.org as their homeserver.',
    'The generated passwords are in /srv/new.csv: delete the file once the users have them.',
  ]);
});

describe('progress without a terminal', () => {
  test('must be a line for every tenth part, with what it takes at this pace', () => {
    written.length = 0;
    const { count } = plainRenderer(stream, plain);
    for (let done = 1; done <= 40; done++) {
      count({ done, all: 40, milliseconds: done * 150 });
    }
    expect(written).toHaveLength(10);
    expect(written[0]).toBe('4 of 40 · 0.6 s of about 6.0 s\n');
    expect(written.at(-1)).toBe('40 of 40 · 6.0 s\n');
  });
});
