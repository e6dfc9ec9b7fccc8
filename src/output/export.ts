import type { ExportResult } from '../administration/export-user.ts';
import { describeBytes } from './wording.ts';

/** What was exported, and what is missing or unreadable in it. */
export function describeExport({ userId, directory, rooms, events, media }: ExportResult): string[] {
  const { files, bytes, isSaved, withheld } = media;
  const uploads = files === 0 ? 'no files' : `${files} files of ${describeBytes(bytes)} in all`;
  return [
    `The data of ${userId} are in ${directory}: ${events} events in ${rooms} rooms, ${uploads}.`,
    ...(isSaved || files === 0 ? [] : ['The files are only listed; --media also saves them.']),
    ...(withheld.length === 0 ? [] : [`The server does not provide ${withheld.length} of the files.`]),
    'End-to-end encrypted content is in it as the server has it, unreadable: see README.txt there.',
  ];
}
