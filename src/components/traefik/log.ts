import { lastLine } from '../service.ts';

/** The reason in Traefik's last error that has one, such as what the certificate authority said; else its last line. */
export function explainFailure(output: string): string {
  const reasons = output
    .split('\n')
    .filter(isError)
    .map((line) => /\berror="((?:[^"\\]|\\.)*)"/.exec(line)?.[1]);
  return reasons.findLast((reason) => reason !== undefined)?.replaceAll('\\"', '"') ?? lastLine(output);
}

/**
 * Is an error Traefik's last word on the certificate of a name? It tries a few times, one right after the other, and
 * then not again until it restarts or its routes change.
 */
export function hasGivenUpOn(name: string): (log: readonly string[]) => boolean {
  return (log) => {
    const last = log.findLast((line) => domainsOf(line)?.includes(name) ?? true);
    return last !== undefined && isError(last);
  };
}

function isError(line: string): boolean {
  return line.includes(' ERR ');
}

/** The names that a line is about; `undefined` for one that is about none. */
function domainsOf(line: string): string[] | undefined {
  return / domains?=(\S+)/
    .exec(line)?.[1]
    ?.replaceAll(/["[\]]/g, '')
    .split(',');
}
