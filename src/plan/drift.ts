import { FILE_HEADERS_ONLY, formatPatch, structuredPatch } from 'diff';

const contextLines = 2;

/** The edits made by hand in a rendered file, as a unified diff: `+` is the file on disk, `-` the rendered text. */
export function describeDrift(path: string, rendered: string, onDisk: string): string[] {
  const patch = structuredPatch(path, path, rendered, onDisk, 'rendered', 'edited', {
    context: contextLines,
  });
  return formatPatch(patch, FILE_HEADERS_ONLY).trimEnd().split('\n');
}
