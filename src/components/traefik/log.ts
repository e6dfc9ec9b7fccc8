import type { Explanation, FailureKnowledge, Symptom } from '../failure.ts';

/** What to do about a refused certificate, by the type of the ACME error (RFC 8555, section 6.7). */
const acmeRemedies: Readonly<Record<string, string>> = {
  dns: 'Create the DNS record of that name (A and AAAA, each only where this host has such an address), and wait until it is known everywhere.',
  connection:
    "Let ports 80 and 443 through the firewall and the provider's, and see that every DNS record of that name, AAAA included, names this host.",
  unauthorized:
    'Another server answers under that name: see that every DNS record of it, AAAA included, names this host and no proxy in between.',
  caa: 'Change the CAA record of that domain so that it allows this CA, or choose the CA that it allows.',
  rateLimited:
    'Change nothing and order nothing until the time that the CA names: each attempt counts. Set `traefik.certificates.directory` to its test directory to try things.',
  badNonce: 'Run `matrix-deploy apply` again.',
  rejectedIdentifier: 'The CA does not issue certificates for this name: use a public one.',
};

/** A pattern for the quoted text of `error` in the log of Traefik, which must contain `within`. */
const reasonOf = (within: string) =>
  new RegExp(`error="((?:[^"\\\\]|\\\\.)*?${within}(?:[^"\\\\]|\\\\.)*)"`, 'i');

const symptoms: readonly Symptom[] = [
  {
    says: reasonOf('acme:error:(\\w+)'),
    means: ([, reason = '', type = '']) => noCertificate(reason, acmeRemedies[type]),
  },
  {
    says: reasonOf('exec: '),
    means: ([, reason = '']) =>
      noCertificate(
        reason,
        'What your program in traefik/extra says is in `docker compose logs traefik`. It runs in the container of the proxy, which has sh and wget, and neither bash nor curl.',
      ),
  },
  {
    says: reasonOf('(?:dnsupdate|rfc2136): '),
    means: ([, reason = '']) =>
      noCertificate(
        reason,
        'See traefik.certificates.dns, and whether its name server takes updates from this host.',
      ),
  },
  {
    says: reasonOf('dns01: '),
    means: ([, reason = '']) =>
      noCertificate(
        reason,
        'The record was set, and not all name servers of the zone show it: see that each of them gets changes.',
      ),
  },
  {
    says: reasonOf('are too open'),
    means: ([, reason = '']) =>
      noCertificate(reason, 'Run `matrix-deploy apply`: it gives the file its mode back.'),
  },
  {
    says: reasonOf('certificate has expired or is not yet valid'),
    means: ([, reason = '']) =>
      noCertificate(reason, 'Set the clock of this host (`timedatectl`), then run `matrix-deploy apply`.'),
  },
  {
    says: reasonOf('certificate signed by unknown authority'),
    means: ([, reason = '']) =>
      noCertificate(reason, 'For a private CA, name its CA certificates in `traefik.certificates.roots`.'),
  },
  {
    says: reasonOf('(?:get directory at|cannot get ACME client|dial tcp)'),
    means: ([, reason = '']) =>
      noCertificate(
        reason,
        'This host cannot reach the CA: check outgoing connections on port 443, and DNS.',
      ),
  },
];

function noCertificate(reason: string, remedy: string | undefined): Explanation {
  return { cause: `it gets no certificate: ${unquoted(reason)}`, remedy };
}

/** The messages of Traefik when it does not work. */
export const failures: FailureKnowledge = {
  symptoms,
  // The reason in the last error that has one. Errors that only follow from others have none.
  quote(log) {
    const reasons = log
      .filter((line) => isError(line) && !isOfConnection(line))
      .map((line) => /\berror="((?:[^"\\]|\\.)*)"/.exec(line)?.[1]);
    const reason = reasons.findLast((found) => found !== undefined);
    return reason === undefined ? undefined : unquoted(reason);
  },
};

/**
 * Whether the last message of Traefik about the certificate of a name is an error. Traefik tries a few times in a
 * row, and then not again until it restarts or its routes change.
 */
export function hasGivenUpOn(name: string): (log: readonly string[]) => boolean {
  return (log) => {
    const last = log.findLast((line) => domainsOf(line)?.includes(name) ?? isOfCertificates(line));
    return last !== undefined && isError(last);
  };
}

function unquoted(text: string): string {
  return text.replaceAll('\\"', '"');
}

function isError(line: string): boolean {
  return line.includes(' ERR ');
}

/** Whether a line without a name is about certificates. */
function isOfCertificates(line: string): boolean {
  return /acme|certificate/i.test(line);
}

/** Whether a line is about a connection that a client has broken off: such an error says nothing about the proxy. */
function isOfConnection(line: string): boolean {
  return line.includes(' ERR Error while handling TCP connection ');
}

/** The names that a line is about; `undefined` for a line without names. */
function domainsOf(line: string): string[] | undefined {
  return / domains?=(\S+)/
    .exec(line)?.[1]
    ?.replaceAll(/["[\]]/g, '')
    .split(',');
}
