import { parse } from 'yaml';

/** Several pieces read the same few files of a deployment, and reading one takes longer than what they do with it. */
const read = new Map<string, unknown>();
const mostRemembered = 16;

/**
 * What a file of the deployment says, which somebody may have edited by hand into anything.
 *
 * @returns `undefined` where it cannot be read. Belongs to all who read the same text: not to be changed.
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
