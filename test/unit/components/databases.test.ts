import { describe, expect, test } from 'vitest';
import { countRows, databaseProvision } from '../../../src/components/postgres/databases.ts';
import { isVerifiedBy, scramVerifier } from '../../../src/components/postgres/scram.ts';
import { countingBytes } from '../../fakes/random.ts';

test('a SCRAM verifier must be the one of RFC 7677, section 3', () => {
  // The keys of the example's exchange: they give its ClientProof dHzbZapW… and its ServerSignature 6rriTRBi….
  expect(scramVerifier('pencil', Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'))).toBe(
    'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
  );
});

test('a password must be told by its verifier, however often that was hashed', () => {
  for (const iterations of [4096, 10_000]) {
    const verifier = scramVerifier('pencil', Buffer.from('0123456789abcdef'), iterations);
    expect(isVerifiedBy('pencil', verifier)).toBe(true);
    expect(isVerifiedBy('pencils', verifier)).toBe(false);
  }
  expect(isVerifiedBy('', '')).toBe(false);
  expect(isVerifiedBy('pencil', 'md5aaaa')).toBe(false);
});

const server = { service: 'postgres', dataPath: 'data/postgres' };

describe('making a database', () => {
  const provision = databaseProvision({ name: `o'"db`, role: `r'"x`, password: 'p', inUse: 'users' }, server);
  const { command, input = '' } = provision.create('hunter2', countingBytes());

  test('must keep the password out of the arguments and of the statement', () => {
    expect(command.join(' ')).not.toContain('hunter2');
    expect(input).not.toContain('hunter2');
    expect(input).toContain("PASSWORD 'SCRAM-SHA-256$4096:");
  });

  test('must give it another password in the same way', () => {
    const given = provision.giveSecret('hunter2', countingBytes());
    expect(`${given.command.join(' ')} ${given.input}`).not.toContain('hunter2');
    expect(given.input).toMatch(/^ALTER ROLE "r'""x" LOGIN PASSWORD 'SCRAM-SHA-256\$4096:[^']+';\n$/);
  });

  test('must quote names', () => {
    expect(input).toContain(`ALTER ROLE "r'""x"`);
    // As a literal of the query that psql runs the result of.
    expect(input).toContain(`'CREATE DATABASE "o''""db" OWNER "r''""x"`);
    expect(input).toContain(`rolname = 'r''"x'`);
  });

  test('must stop at the first error, or a half-made database passes for one', () => {
    expect(command).toContain('--set=ON_ERROR_STOP=1');
  });

  test('must use the locale that alone Synapse accepts', () => {
    expect(input).toContain("TEMPLATE template0 ENCODING ''UTF8'' LC_COLLATE ''C'' LC_CTYPE ''C''");
  });
});

test('a database must be removed only where its removal has begun, or it has tables and no row in the one that tells that it is in use', () => {
  const { removeUnused } = databaseProvision({ name: 'd', role: 'r', password: 'p', inUse: `u'"x` }, server);
  const lines = removeUnused.input?.trim().split('\n') ?? [];
  expect(lines[0]).toContain(`SELECT datconnlimit = -2 AS unused FROM pg_database WHERE datname = 'd'`);
  expect(removeUnused.input).toContain(`NOT EXISTS (SELECT FROM "u'""x") AS unused`);
  expect(removeUnused.input).toContain(`tablename = 'u''"x'`);
  expect(lines.slice(-5)).toEqual([
    '\\connect postgres',
    '\\endif',
    '\\if :unused',
    'DROP DATABASE "d" WITH (FORCE);',
    '\\endif',
  ]);
});

test('counting rows must quote what others chose, and end however large the table is', () => {
  const { input } = countRows('synapse', {
    table: 'events',
    column: 'room_id',
    values: ["!a'); DROP", '!b'],
  });
  expect(input).toContain(`"room_id" = ANY (ARRAY['!a''); DROP','!b']::text[])`);
  expect(input).toContain("SET statement_timeout = '60s'");
});
