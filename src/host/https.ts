import { request as requestByTls } from 'node:https';
import { type Certificate, connect, type DetailedPeerCertificate } from 'node:tls';
import { messageOf } from '../errors.ts';
import { hostWithPort } from '../identifiers/origin.ts';
import { watchBounds } from './bounds.ts';
import { request } from './node-http.ts';
import { type Received, receive } from './receive.ts';

const patienceMilliseconds = 5000;

/** A web server: the address to connect to, and the name to ask for. */
export interface WebServer {
  readonly address: string;
  readonly port: number;
  /** The name in SNI, in the Host header, and in the certificate. */
  readonly name: string;
  /** PEM of the CA certificates to trust; the public ones if `undefined`. */
  readonly roots: string | undefined;
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined;
}

export interface Ask extends WebServer {
  /** Sent as it is. */
  readonly path: string;
  /** Whether every certificate is accepted, even an untrusted one. */
  readonly trustAnybody?: boolean | undefined;
  /** Whether to ask without TLS, as a proxy does that has terminated it. */
  readonly isPlain?: boolean | undefined;
  /**
   * Length in bytes of a body that is announced and not sent. The answer has status 100 if the server would accept it
   * (RFC 9110, section 10.1.1).
   */
  readonly announces?: number | undefined;
  /** Additional headers. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * Sends a request to a web server. Does not follow redirects.
 *
 * @throws the error of the connection; BoundsError if the answer is not complete within 5 seconds, or is too long;
 *   CancelledError when the signal has fired
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
  /** Common names of its subject and of its issuer; `undefined` if there are none. */
  readonly subject: string | undefined;
  readonly issuer: string | undefined;
  readonly validFrom: Date;
  readonly validUntil: Date;
  /** SHA-256 of its DER form, in the notation of X509Certificate. */
  readonly fingerprint: string;
  /** Why it is not trusted for the name; `undefined` if it is. */
  readonly distrust: string | undefined;
}

/**
 * Looks at the certificate that a web server serves for a name.
 *
 * @throws the error of the connection; BoundsError if there is no certificate within 5 seconds; CancelledError when
 *   the signal has fired
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
