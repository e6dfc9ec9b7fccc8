import type { ExportResult } from '../administration/export-user.ts';
import { describeBytes } from './wording.ts';

/** What was exported, and what to know of it. */
export function describeExport({ userId, directory, rooms, events, media }: ExportResult): string[] {
  const { files, bytes, isSaved, withheld } = media;
  const uploads = files === 0 ? 'no files' : `${files} files of ${describeBytes(bytes)} in all`;
  return [
    `What is held of ${userId} is in ${directory}: ${events} events in ${rooms} rooms, ${uploads}.`,
    ...(isSaved || files === 0 ? [] : ['The files are listed only; with --media they are saved, too.']),
    ...(withheld.length === 0 ? [] : [`The server does not give out ${withheld.length} of the files.`]),
    'What is end-to-end encrypted is in it as the server has it, unreadable: see README.txt there.',
  ];
}
