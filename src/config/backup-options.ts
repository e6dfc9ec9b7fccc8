import { isAbsolute, normalize } from 'node:path';
import * as z from 'zod';
import { components } from '../components/components.ts';
import { imageOption } from '../components/options.ts';
import { composeFile } from '../stack/compose-file.ts';
import { layout } from '../state/layout.ts';

/** What a deployment has of its own: backups in it would be taken for that, or deleted with it. */
const taken = [
  ...[layout.config, layout.secrets, layout.data, layout.cache, layout.state, composeFile],
  // Their rendered files, and the operator's own beside them.
  ...Object.keys(components),
];

const path = z
  .string()
  .refine((text) => text !== '' && !/[:\p{Cc}\ufffd]/u.test(text), 'must be a path without a colon')
  .refine((text) => text === normalize(text).replace(/(?<=.)\/$/, ''), 'must be a path without .. and //')
  .refine(
    (text) => isAbsolute(text) || !taken.includes(text.split('/')[0] ?? ''),
    'must not be in a directory of the deployment, such as data or secrets',
  )
  .refine((text) => text !== '/' && text !== '.', 'must be a directory for backups alone')
  .describe(
    'Directory that the backups are kept in: absolute, or below the deployment directory. The directory above it must be there.',
  );

const target = z.strictObject({ kind: z.literal('local').describe('A directory of this host.'), path });

function kept(fallback: number, what: string) {
  return z
    .int()
    .min(0)
    .max(10_000)
    .default(fallback)
    .describe(`How many of the latest ${what} keep a backup each.`);
}

/** The section `backup` of matrix.yaml. */
export const backupOptions = z
  .strictObject({
    targets: z
      .record(
        z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, 'must be a name of small letters, digits and -'),
        target,
      )
      .refine((targets) => Object.keys(targets).length > 0, 'must have a target')
      .default({ local: { kind: 'local', path: layout.backupDirectory } })
      .describe(
        'Where backups go, by name: { kind: local, path: /mnt/disk/matrix }. The default is backups/ in the deployment directory, which is lost with the disk that the server is on.',
      ),
    keep: z
      .strictObject({ daily: kept(7, 'days'), weekly: kept(4, 'weeks'), monthly: kept(6, 'months') })
      .prefault({})
      .describe('Which backups stay. The latest verified one always does.'),
    max_age: z
      .string()
      .regex(/^[1-9][0-9]{0,4}[hd]$/, 'must be a time such as 36h or 2d')
      .default('2d')
      .describe(
        '`status` ends with 8 when the latest verified backup is older, in hours (36h) or days (2d). Where there never was one, it only says so.',
      ),
    image: imageOption('restic'),
  })
  .describe('Backups.');

export type BackupOptions = z.output<typeof backupOptions>;
export type BackupTarget = z.output<typeof target>;

/** A time such as `36h` or `2d`, in milliseconds. */
export function durationOf(text: string): number {
  return Number.parseInt(text, 10) * (text.endsWith('d') ? 24 : 1) * 3_600_000;
}
