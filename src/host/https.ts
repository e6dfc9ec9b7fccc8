import { request as requestByTls } from 'node:https';
import { type Certificate, connect, type DetailedPeerCertificate } from 'node:tls';
import { messageOf } from '../errors.ts';
import { hostWithPort } from '../identifiers/origin.ts';
import { watchBounds } from './bounds.ts';
import { request } from './node-http.ts';
import { type Received, receive } from './receive.ts';

const patienceMilliseconds = 5000;

/** A web server, by the name that it is asked by and the address that it is asked at. */
export interface WebServer {
  readonly address: string;
  readonly port: number;
  /** Who is asked for: by SNI, by the Host header, and by the name in the certificate. */
  readonly name: string;
  /** PEM of the roots to trust; the public ones when absent. */
  readonly roots: string | undefined;
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined;
}

export interface Ask extends WebServer {
  /** Sent as it is. */
  readonly path: string;
  /** Is a certificate from an untrusted CA acceptable? */
  readonly trustAnybody?: boolean | undefined;
  /** Is it asked without TLS, as a proxy that has ended it passes requests on? */
  readonly isPlain?: boolean | undefined;
  /** Announces a body of so many bytes, and sends none: status 100 where it is asked for (RFC 9110, section 10.1.1). */
  readonly announces?: number | undefined;
  /** Headers beside the usual ones. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * Asks a web server, following nothing.
 *
 * @throws what the connection fails with; BoundsError when no whole answer comes within 5 seconds.
 */
export async function askHttps({
  address,
  port,
  name,
  path,
  roots,
  trustAnybody,
  isPlain,
  announces,
  headers: given,
  signal,
}: Ask): Promise<Received> {
  const announcement = { 'content-length': String(announces), expect: '100-continue' };
  const headers = announces === undefined ? given : { ...given, ...announcement };
  const method = announces === undefined ? 'GET' : 'POST';
  const usual = { host: address, port, path, method, agent: false } as const;
  const outgoing = isPlain
    ? request({ ...usual, headers: { ...headers, host: name } })
    : requestByTls({
        ...usual,
        servername: name,
        headers: { ...headers, host: hostWithPort(name, port) },
        ca: roots,
        rejectUnauthorized: trustAnybody !== true,
      });
  return receive(outgoing, { within: patienceMilliseconds, signal });
}

/** A certificate as it is served. */
export interface ServedCertificate {
  /** Common names of its subject and of who issued it; undefined where there are none. */
  readonly subject: string | undefined;
  readonly issuer: string | undefined;
  readonly validFrom: Date;
  readonly validUntil: Date;
  /** SHA-256 of its DER form, as X509Certificate has it. */
  readonly fingerprint: string;
  /** Why it is not to be trusted for the name; undefined for one that is. */
  readonly distrust: string | undefined;
}

/**
 * Looks at the certificate that a web server serves for a name.
 *
 * @throws what the connection fails with; BoundsError when there is none within 5 seconds.
 */
export async function servedCertificate({
  address,
  port,
  name,
  roots,
  signal,
}: WebServer): Promise<ServedCertificate> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port, servername: name, ca: roots, rejectUnauthorized: false });
    const watch = watchBounds({ within: patienceMilliseconds, signal }, (reason) => socket.destroy(reason));
    socket.once('close', watch.end);
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      const served = socket.getPeerCertificate() as Partial<DetailedPeerCertificate>;
      const { subject, issuer, valid_from: from = '', valid_to: until = '', fingerprint256 = '' } = served;
      const distrust = socket.authorized ? undefined : messageOf(socket.authorizationError ?? 'not trusted');
      socket.destroy();
      resolve({
        subject: nameOf(subject),
        issuer: nameOf(issuer),
        validFrom: new Date(from),
        validUntil: new Date(until),
        fingerprint: fingerprint256,
        distrust,
      });
    });
  });
}

function nameOf(holder: Certificate | undefined): string | undefined {
  const names = holder?.CN;
  return typeof names === 'string' ? names : names?.join(', ');
}
