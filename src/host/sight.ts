import { request } from 'node:https';
import { checkServerIdentity, type PeerCertificate, rootCertificates, type TLSSocket } from 'node:tls';
import { CancelledError, messageOf } from '../errors.ts';
import type { SeenCertificate, Sighting } from '../federation/observed.ts';
import { receive } from './receive.ts';

/** How long one request may take as a whole, its connection included. */
export const sightMilliseconds = 5000;

/** A request to a server that may be misconfigured or hostile. */
export interface Look {
  readonly address: string;
  readonly port: number;
  /** The name in SNI, for which the certificate must be valid. */
  readonly name: string;
  readonly isAddress: boolean;
  readonly hostHeader: string;
  /** Sent as it is. */
  readonly path: string;
  /** PEM of CA certificates to trust beside the public ones. */
  readonly roots: string | undefined;
  /** Bytes that an answer may have. */
  readonly bytes: number;
  /** Ends the wait. */
  readonly signal: AbortSignal;
}

/**
 * Sends a GET request, accepts every certificate, and reports all that was seen of the connection. Does not follow
 * redirects.
 *
 * @throws CancelledError when the signal has fired without a BoundsError; all other failures are part of the result
 */
export async function look(options: Look): Promise<Sighting> {
  const { address, port, name, isAddress, hostHeader, path, roots, bytes, signal } = options;
  let stage: NonNullable<Sighting['failure']>['stage'] = 'connect';
  let certificate: SeenCertificate | undefined;
  const seen = (rest: Pick<Sighting, 'failure' | 'answer'>): Sighting => ({
    address,
    port,
    name,
    path,
    certificate,
    ...rest,
    at: Date.now(),
  });
  try {
    const outgoing = request({
      method: 'GET',
      host: address,
      port,
      path,
      // An address is not sent as a name (RFC 6066).
      servername: isAddress ? '' : name,
      headers: { host: hostHeader, 'user-agent': 'matrix-deploy check', accept: 'application/json' },
      ca: roots === undefined ? undefined : [...rootCertificates, roots],
      rejectUnauthorized: false,
      agent: false,
    });
    outgoing.on('socket', (socket) => {
      socket.once('connect', () => {
        stage = 'tls';
      });
      socket.once('secureConnect', () => {
        stage = 'answer';
        certificate = certificateOf(socket as TLSSocket, name);
      });
    });
    const { status, headers, body } = await receive(outgoing, { within: sightMilliseconds, bytes, signal });
    return seen({ failure: undefined, answer: { status, headers, body } });
  } catch (error) {
    if (error instanceof CancelledError) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN';
    return seen({ failure: { stage, code, message: messageOf(error) }, answer: undefined });
  }
}

function certificateOf(socket: TLSSocket, name: string): SeenCertificate | undefined {
  const served = socket.getPeerCertificate() as Partial<PeerCertificate>;
  const { subject, issuer, subjectaltname = '', valid_to: validTo = '' } = served;
  if (subject === undefined) return undefined;
  const error = socket.authorized ? undefined : String(socket.authorizationError ?? 'not trusted');
  const isForName = checkServerIdentity(name, served as PeerCertificate) === undefined;
  return {
    subject: nameOf(subject),
    issuer: nameOf(issuer),
    names: subjectaltname.slice(0, 300) || nameOf(subject),
    validUntil: Date.parse(validTo),
    // `isForName` reports a wrong name: `distrust` is about the chain and the dates only.
    distrust: error !== undefined && /ALTNAME/.test(error) ? undefined : error,
    isForName,
  };
}

function nameOf(holder: Partial<PeerCertificate['subject']> | undefined): string {
  const name = holder?.CN ?? holder?.O;
  return String(name ?? 'somebody without a name').slice(0, 200);
}
