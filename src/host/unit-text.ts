import { quotedWord } from '../shell-word.ts';

/** A command that systemd or cron starts. */
export interface StartedCommand {
  /** Absolute path of the program, and its arguments. */
  readonly words: readonly string[];
  /** Its variables beside those that every service has. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The first line of a unit. @param command writes the unit; with `--remove`, it removes it */
export function originLine(command: string): string {
  return `# Written by \`matrix-deploy ${command}\`; \`matrix-deploy ${command} --remove\` removes it.\n`;
}

/** The lines of a unit that start a command (systemd.service(5), systemd.exec(5)). */
export function commandLines({ words, environment }: StartedCommand): string {
  const [program = '', ...args] = words;
  const variables = Object.entries(environment).map(
    ([name, value]) => `Environment=${unitWord(`${name}=${value}`)}\n`,
  );
  return `${variables.join('')}ExecStart=${[unitWord(program), ...args.map(unitArgument)].join(' ')}\n`;
}

/** The command of a unit that `commandLines` has written, word by word; `undefined` where there is none. */
export function commandOfUnit(text: string): string[] | undefined {
  // For systemd, only a line feed ends a line.
  const [, line] = /\nExecStart=([^\n]*)/.exec(text) ?? [];
  return line?.match(/"(?:[^"\\]|\\["\\])*"|\S+/g)?.map(readWord);
}

/** The deployment directory in a command of this program. */
export function directoryIn(words: readonly string[]): string | undefined {
  const flag = words.indexOf('--dir');
  return flag === -1 ? undefined : words[flag + 1];
}

/** A line for crontab(5), where a percent sign ends the command unless it is escaped. */
export function crontabLine({ words, environment }: StartedCommand, when: string): string {
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${quotedWord(value)}`);
  const command = [...variables, ...words.map(quotedWord)].join(' ');
  return `${when} ${command.replaceAll('%', '\\%')} >/dev/null`;
}

/** A path as a setting of a unit. It is not quoted there; a percent sign would begin a specifier. */
export function unitPath(path: string): string {
  return path.replaceAll('%', '%%');
}

/** The paths that a unit has in a setting which may stand there several times. */
export function pathsOfUnit(text: string, setting: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith(`${setting}=`))
    .map((line) => line.slice(setting.length + 1).replaceAll('%%', '%'));
}

function readWord(word: string, index: number): string {
  const bare = word.startsWith('"') ? word.slice(1, -1).replaceAll(/\\(["\\])/g, '$1') : word;
  const literal = bare.replaceAll('%%', '%');
  return index === 0 ? literal : literal.replaceAll('$$', '$');
}

/** Quotes a word for systemd if necessary. A percent sign is doubled, since it would begin a specifier. */
function unitWord(text: string): string {
  const escaped = text.replaceAll(/["\\]/g, '\\$&').replaceAll('%', '%%');
  return /^[\w./:@+,=-]+$/.test(text) ? text : `"${escaped}"`;
}

/** Quotes an argument for systemd. A dollar sign is doubled as well, since it would begin a variable. */
function unitArgument(text: string): string {
  return unitWord(text.replaceAll('$', '$$$$'));
}
