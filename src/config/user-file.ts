import { CsvError, parse } from 'csv-parse/sync';
import { emailIn } from '../identifiers/email.ts';
import { localpartProblem } from '../identifiers/localpart.ts';
import { nearestName } from '../identifiers/nearest.ts';
import { Secret } from '../secrets/secret.ts';
import { passwordProblem } from './password.ts';

/** A user to create, from one line of the file. */
export interface UserRow {
  /** The number of the line. */
  readonly line: number;
  readonly localpart: string;
  /** Absent when a password is to be generated. */
  readonly password?: Secret;
  readonly admin: boolean;
  readonly displayName?: string;
  /** In the form in which Synapse stores it. */
  readonly email?: string;
}

export interface UserFile {
  readonly rows: readonly UserRow[];
  /** All mistakes, one text each, with the line number. None quotes a cell. */
  readonly mistakes: readonly string[];
}

const columns = ['name', 'password', 'admin', 'display_name', 'email'] as const;

type Column = (typeof columns)[number];
type Cells = Partial<Record<Column, string>>;

/** A line of the file that is not empty. */
interface Line {
  readonly line: number;
  readonly cells: readonly string[];
}

/** Maximum length that Synapse accepts (its MAX_DISPLAYNAME_LEN). */
const longestDisplayName = 256;

/**
 * Parses a CSV file of users (RFC 4180). The first line names the columns, in any order; only `name` is required.
 *
 * @param text the file as a spreadsheet saves it: maybe with a byte order mark, with CRLF, or with semicolons.
 */
export function parseUserFile(text: string): UserFile {
  const { lines, mistake } = readLines(text);
  const [header, ...users] = lines;
  if (mistake !== undefined || header === undefined) {
    return { rows: [], mistakes: [mistake ?? 'line 1: the first line must name the columns'] };
  }
  const { order, mistakes } = readHeader(header);
  if (mistakes.length > 0) {
    return { rows: [], mistakes };
  }
  if (users.length === 0) {
    return { rows: [], mistakes: [`line ${header.line}: no user follows`] };
  }
  const read = users.map((user) => readUser(user, order));
  const rows = read.map(({ row }) => row);
  return { rows, mistakes: [...read.flatMap((user) => user.mistakes), ...repetitions(rows)] };
}

function readLines(text: string): { lines: Line[]; mistake?: string } {
  try {
    const records = parse(text, {
      bom: true,
      delimiter: /^[^,\n]*;/.test(text) ? ';' : ',',
      info: true,
      record_delimiter: ['\r\n', '\n'],
      relax_column_count: true,
      skip_empty_lines: true,
    }) as unknown as { record: string[]; info: { lines: number } }[];
    const lines = records.map(({ record, info }) => ({ line: info.lines, cells: record }));
    return { lines: lines.filter(({ cells }) => cells.some((cell) => cell.trim() !== '')) };
  } catch (error) {
    if (error instanceof CsvError) {
      return {
        lines: [],
        mistake: `line ${error.lines}: the quotes are wrong; one within a cell is doubled`,
      };
    }
    throw error;
  }
}

// A mistake names its line and column, and quotes no unknown column: any cell may contain a password, because columns
// may be shifted, and the line that names them may be missing.
function readHeader({ line, cells }: Line): { order: Column[]; mistakes: string[] } {
  const names = cells.map((cell) => cell.trim().toLowerCase());
  if (!names.some(isColumn)) {
    return {
      order: [],
      mistakes: [`line ${line}: the first line must name the columns: ${columns.join(', ')}`],
    };
  }
  const unknown = names.flatMap((name, index) => (isColumn(name) ? [] : [{ name, number: index + 1 }]));
  const repeated = new Set(names.filter((name, index) => isColumn(name) && names.indexOf(name) < index));
  return {
    order: names.filter(isColumn),
    mistakes: [
      ...unknown.map(({ name, number }) => `line ${line}: column ${number} ${describeUnknown(name)}`),
      ...[...repeated].map((name) => `line ${line}: the column ${name} is there twice`),
      ...(names.includes('name') || unknown.length > 0 ? [] : [`line ${line}: a column name is missing`]),
    ],
  };
}

function isColumn(name: string): name is Column {
  return (columns as readonly string[]).includes(name);
}

function describeUnknown(name: string): string {
  const meant = nearestName(name, columns);
  const advice = meant === undefined ? `the columns are ${columns.join(', ')}` : `did you mean ${meant}?`;
  return `has a name that is not known; ${advice}`;
}

function readUser({ line, cells }: Line, order: readonly Column[]): { row: UserRow; mistakes: string[] } {
  const given: Cells = Object.fromEntries(order.map((column, index) => [column, cells[index] ?? '']));
  const { password = '' } = given;
  const [name, admin, displayName, address] = (['name', 'admin', 'display_name', 'email'] as const).map(
    (column) => (given[column] ?? '').trim(),
  ) as [string, string, string, string];
  const email = emailIn(address);
  const problems = [
    cells.length > order.length
      ? `there are ${cells.length} cells for ${order.length} columns; a cell with a comma stands in quotes`
      : undefined,
    describeName(name),
    password === '' ? undefined : asSentence('the password', passwordProblem(password)),
    admins.has(admin.toLowerCase()) ? undefined : 'admin is neither yes nor no',
    hasControls(displayName) ? 'the display name has a line end or another control character' : undefined,
    displayName.length > longestDisplayName
      ? `the display name is longer than ${longestDisplayName} characters`
      : undefined,
    address !== '' && email === undefined ? 'the email address is not valid' : undefined,
  ];
  return {
    row: {
      line,
      localpart: name,
      admin: admins.get(admin.toLowerCase()) ?? false,
      ...(password === '' ? {} : { password: new Secret(password) }),
      ...(displayName === '' ? {} : { displayName }),
      ...(email === undefined ? {} : { email }),
    },
    mistakes: problems.flatMap((problem) => (problem === undefined ? [] : [`line ${line}: ${problem}`])),
  };
}

const admins: ReadonlyMap<string, boolean> = new Map([
  ['', false],
  ['no', false],
  ['false', false],
  ['yes', true],
  ['true', true],
]);

function describeName(name: string): string | undefined {
  return name === '' ? 'the name is missing' : asSentence('the name', localpartProblem(name));
}

function asSentence(subject: string, problem: string | undefined): string | undefined {
  return problem === undefined ? undefined : `${subject} ${problem}`;
}

function hasControls(text: string): boolean {
  return /\p{Cc}/u.test(text);
}

/** Mistakes about names and email addresses that two users share. */
function repetitions(rows: readonly UserRow[]): string[] {
  const words = { localpart: 'the name', email: 'the email address' } as const;
  return (['localpart', 'email'] as const).flatMap((key) => {
    const first = new Map<string, number>();
    return rows.flatMap(({ line, [key]: value }) => {
      const before = value === undefined || value === '' ? undefined : first.get(value);
      if (value !== undefined && before === undefined) {
        first.set(value, line);
      }
      return before === undefined ? [] : [`line ${line}: ${words[key]} is in line ${before} already`];
    });
  });
}
