import { parse } from 'yaml';

/**
 * Parsed texts. Several modules read the same few files of a deployment, and parsing takes longer than their own
 * work.
 */
const read = new Map<string, unknown>();
const mostRemembered = 16;

/**
 * Parses a YAML file of the deployment, which may have been edited by hand into anything.
 *
 * @returns `undefined` when it cannot be parsed. All callers with the same text share the value: it must not be
 *   modified.
 */
export function parseFound(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  if (!read.has(text)) {
    if (read.size >= mostRemembered) read.clear();
    read.set(text, parseLoosely(text));
  }
  return read.get(text);
}

function parseLoosely(text: string): unknown {
  try {
    return parse(text, { merge: true, logLevel: 'silent' });
  } catch {
    return undefined;
  }
}
