import * as z from 'zod';
import { daysOption, imageOption } from '../components/options.ts';
import { secretNamePattern } from '../components/secret-reference.ts';
import { layout } from '../layout.ts';
import { backupTarget } from './backup-targets.ts';

/** A time such as `36h` or `2d`. */
const duration = z.string().regex(/^[1-9][0-9]{0,4}[hd]$/, 'must be a time such as 36h or 2d');

const webAddress = z.string().refine((text) => /^https?:\/\//i.test(text) && URL.canParse(text));

/** Has its own error message, because the usual one repeats the value, which may contain a token. */
const ping = z
  .union([webAddress, z.strictObject({ from_secret: z.string().regex(secretNamePattern) })], {
    error: 'must be a URL that begins with https:// or http://, or { from_secret: NAME }',
  })
  .describe(
    'URL of a monitor such as healthchecks.io that notices missing backups. URL/start is requested when a backup begins, URL when it has succeeded, URL/fail when it has failed. If the URL contains a token, write { from_secret: NAME }.',
  );

/** A command, run without changes: a program with its arguments, or a line for the shell. */
const command = z
  .union([z.string().min(1), z.array(z.string()).min(1)], {
    error: 'must be a list of a program and its arguments, or a line for the shell',
  })
  .describe(
    'Command to run after a failed backup: a list of arguments, or a line for the shell. It may take a minute. Its environment has MATRIX_DEPLOY_DIRECTORY, MATRIX_DEPLOY_SERVER_NAME, MATRIX_DEPLOY_STAGE and MATRIX_DEPLOY_MESSAGE.',
  );

function kept(fallback: number, what: string) {
  return z
    .int()
    .min(0)
    .max(10_000)
    .default(fallback)
    .describe(`For how many of the latest ${what} one backup each is kept.`);
}

/** The section `backup` of matrix.yaml. */
export const backupOptions = z
  .strictObject({
    targets: z
      .record(
        z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, 'must be a name of small letters, digits and -'),
        backupTarget,
      )
      .refine((targets) => Object.keys(targets).length > 0, 'must have a target')
      .default({ local: { kind: 'local', path: layout.backupDirectory } })
      .describe(
        'Where backups go, by name: { kind: local, path: /mnt/disk/matrix }, or to another machine with kind rest, s3 or sftp (docs/backup.md). The default is backups/ in the deployment directory, which is lost with the disk that the server is on.',
      ),
    keep: z
      .strictObject({ daily: kept(7, 'days'), weekly: kept(4, 'weeks'), monthly: kept(6, 'months') })
      .prefault({})
      .describe('Which backups are kept. The latest verified one is always kept.'),
    max_age: duration
      .default('2d')
      .describe(
        '`status` ends with 8 if the latest verified backup is older, in hours (36h) or days (2d). If there has never been one, it only says so.',
      ),
    max_drill_age: duration
      .default('90d')
      .describe(
        '`status` ends with 8 if the latest successful `matrix-deploy drill` is older, or, if there has never been one, if the oldest verified backup is older.',
      ),
    ping: ping.optional(),
    on_failure: command.optional(),
    read_within: daysOption
      .default('30d')
      .describe(
        'Backups on other machines are read back in parts, a part with each backup, so that all of it has been read within this time. `backup --full-verify` reads everything; directories of this host are read whole each time.',
      ),
    image: imageOption('restic'),
  })
  .describe('Backups.');

export type BackupOptions = z.output<typeof backupOptions>;
export type FailureCommand = z.output<typeof command>;

const units: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A time such as `30m`, `36h` or `2d`, in milliseconds. */
export function durationOf(text: string): number {
  return Number.parseInt(text, 10) * (units[text.slice(-1)] ?? Number.NaN);
}
