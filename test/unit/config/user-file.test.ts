import { describe, expect, test } from 'vitest';
import { parseUserFile } from '../../../src/config/user-file.ts';

/** Rows as literals can be, with the password shown. */
const rowsOf = (text: string) => {
  const { rows, mistakes } = parseUserFile(text);
  expect(mistakes).toEqual([]);
  return rows.map(({ password, ...row }) => ({ ...row, password: password?.reveal() }));
};

const bob = { line: 2, localpart: 'bob', admin: false, password: undefined };

describe('a file of users', () => {
  test('must give each user with all that is said of them', () => {
    const text =
      'name,password,admin,display_name,email\nbob,"a ""b"", c",yes,"Bob, the first",Bob@Example.org\n';
    expect(rowsOf(text)).toEqual([
      {
        line: 2,
        localpart: 'bob',
        password: 'a "b", c',
        admin: true,
        displayName: 'Bob, the first',
        email: 'bob@example.org',
      },
    ]);
  });

  test.each([
    ['a name only', 'name\nbob\n'],
    ['no line end at its end', 'name\nbob'],
    ['a byte order mark and CRLF', '\uFEFFname,password\r\nbob,\r\n'],
    ['columns in another order, and capitals', 'Admin, Name ,EMAIL\nno, bob ,\n'],
    ['semicolons', 'name;password;admin\nbob;;false\n'],
    ['cells left out', 'name,password,admin\nbob\n'],
  ])('may have %s', (_title, text) => {
    expect(rowsOf(text)).toEqual([bob]);
  });

  test('must count the lines that are empty', () => {
    expect(rowsOf('name,password\n\nbob,\n , \n\ncarol,\n').map(({ line }) => line)).toEqual([3, 6]);
  });

  test('must keep a password as it is', () => {
    expect(rowsOf('name,password\nbob, x;y \n')).toEqual([{ ...bob, password: ' x;y ' }]);
  });
});

describe('a mistake in a file of users', () => {
  test.each([
    ['', 'line 1: the first line must name the columns'],
    ['bob\n', 'line 1: the first line must name the columns: name, password, admin, display_name, email'],
    ['name,passwort\nbob,x\n', 'line 1: column 2 has a name that is not known; did you mean password?'],
    [
      'name,secret\nbob,x\n',
      'line 1: column 2 has a name that is not known; the columns are name, password, admin, display_name, email',
    ],
    ['name,name\nbob,x\n', 'line 1: the column name is there twice'],
    ['password\nx\n', 'line 1: a column name is missing'],
    ['name\n\n', 'line 1: no user follows'],
    ['name,password\n,x\n', 'line 2: the name is missing'],
    [
      'name\n\nBob Smith\n',
      'line 3: the name must be small letters, digits and . _ = / + -, without @ and server name, such as admin',
    ],
    ['name,password\nbob,"  "\n', 'line 2: the password is white space only'],
    [`name,password\nbob,${'x'.repeat(513)}\n`, 'line 2: the password is longer than 512 characters'],
    ['name,password\nbob,"x\ty"\n', 'line 2: the password has a line end or another control character'],
    ['name,admin\nbob,maybe\n', 'line 2: admin is neither yes nor no'],
    [`name,display_name\nbob,${'x'.repeat(257)}\n`, 'line 2: the display name is longer than 256 characters'],
    ['name,email\nbob,bob\n', 'line 2: the email address is not valid'],
    ['name\nbob\ncarol\nbob\n', 'line 4: the name is in line 2 already'],
    ['name,email\nbob,a@b.org\ncarol,A@b.org\n', 'line 3: the email address is in line 2 already'],
    [
      'name,password\nbob,x,y\n',
      'line 2: there are 3 cells for 2 columns; a cell with a comma stands in quotes',
    ],
    ['name\n"bob\n', 'line 2: the quotes are wrong; one within a cell is doubled'],
    ['name\nbob,"x"y\n', 'line 2: the quotes are wrong; one within a cell is doubled'],
  ])('%# must be told', (text, mistake) => {
    expect(parseUserFile(text).mistakes).toEqual([mistake]);
  });

  test('must be told with all the others, and without a password', () => {
    const { mistakes } = parseUserFile('name,password,email\nB,hunter2,x\n_c,,\nd,hunter2,y\n');
    expect(mistakes).toHaveLength(4);
    expect(mistakes.join()).not.toContain('hunter2');
  });

  test.each([
    ['without the line that names the columns', 'bob,Hunter2!,no\ncarol,Hunter2!,no\n'],
    ['with the password where the name was to be', 'password,name\nbob,Hunter2!\n'],
    ['with a cell too few', 'name,password,admin,display_name,email\nHunter2!,no,Bob,b@example.org\n'],
    ['with the password as the admin', 'name,admin\nbob,Hunter2!\n'],
    ['with the password as the address', 'name,email\nbob,Hunter2!\n'],
    ['with the password behind another name', 'name,Hunter2!\nbob,x\n'],
    ['with quotes that do not end', 'name,password\nbob,"Hunter2!\n'],
    ['with two of the kind', 'name\nhunter2\nhunter2\n'],
  ])('must be told without a password, also %s', (_title, text) => {
    const { mistakes } = parseUserFile(text);
    expect(mistakes).not.toEqual([]);
    expect(mistakes.join()).not.toMatch(/hunter2/i);
  });
});
