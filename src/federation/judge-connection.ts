import { bracketed } from '../identifiers/host-name.ts';
import { type CheckCode, type CheckFinding, finding } from './knowledge.ts';
import type { NameLocation, SeenCertificate, Sighting } from './observed.ts';

const day = 24 * 3600 * 1000;
/** A certificate of 90 days is renewed 30 days before its end. With fewer days left than this, it was not renewed. */
const soonDays = 10;

/** A finding if a name has no address. */
export function judgePresence({ host, addresses, refused, failure }: NameLocation): CheckFinding[] {
  if (addresses.length > 0 || refused.length > 0) return [];
  return failure === undefined
    ? [finding('dns-no-address', host, 'it has no A or AAAA record')]
    : [finding('dns-failure', host, `no name server answers (${failure})`)];
}

/** What is wrong with the connection of a request, regardless of the answer: TCP, TLS, the certificate. */
export function judgeConnection(sighting: Sighting): CheckFinding[] {
  const { failure, certificate } = sighting;
  const at = describePlace(sighting);
  const broken =
    failure === undefined || failure.stage === 'answer' ? [] : [judgeFailure(failure, sighting, at)];
  return [...broken, ...(certificate === undefined ? [] : judgeCertificate(certificate, sighting, at))];
}

/** Whether a connection was made that homeservers would trust. */
export function isTrusted({ failure, certificate }: Sighting): boolean {
  return (
    (failure === undefined || failure.stage === 'answer') &&
    certificate !== undefined &&
    certificate.distrust === undefined &&
    certificate.isForName
  );
}

/** Describes an address in messages: with its port, and the name that was asked for. */
export function describePlace({ address, port, name }: Pick<Sighting, 'address' | 'port' | 'name'>): string {
  const place = `${bracketed(address)}:${port}`;
  return name === address ? place : `${place} for ${name}`;
}

const noRoute: ReadonlySet<string> = new Set(['ENETUNREACH', 'EADDRNOTAVAIL', 'EAFNOSUPPORT']);

/** Whether an address was not reached because this host has no IPv6. */
export function hasNoRoute(code: string, address: string): boolean {
  return noRoute.has(code) && address.includes(':');
}

function judgeFailure(
  { stage, code, message }: NonNullable<Sighting['failure']>,
  { address }: Sighting,
  at: string,
): CheckFinding {
  if (stage === 'connect') {
    if (hasNoRoute(code, address)) {
      return finding('ipv6-untested', at, `this host has no way to IPv6 (${code})`, 'unverified');
    }
    if (code === 'ECONNREFUSED') return finding('connect-refused', at, 'nobody listens there');
    if (code === 'ETIMEDOUT') return finding('connect-timeout', at, 'nothing comes back');
    return finding('connect-failed', at, message);
  }
  // OpenSSL's reason is in the code or, in some releases of Node, only in the message.
  const why = `${code} ${message}`;
  if (/wrong.version.number|packet.length.too.long|http.request/i.test(why)) {
    return finding('tls-none', at, 'what answers there does not speak TLS');
  }
  if (/protocol.version|unsupported.protocol|version.too.low/i.test(why)) {
    return finding('tls-old', at, 'it speaks a version of TLS that is no longer accepted');
  }
  return finding('tls-failed', at, message);
}

function judgeCertificate(
  certificate: SeenCertificate,
  { at: now, name }: Sighting,
  at: string,
): CheckFinding[] {
  const { distrust, isForName, names, subject, issuer, validUntil } = certificate;
  const until = Number.isNaN(validUntil) ? 'an unknown day' : new Date(validUntil).toISOString().slice(0, 10);
  const left = (validUntil - now) / day;
  return [
    ...(distrust === undefined
      ? []
      : [
          finding(codeOf(distrust), at, `${subject}, issued by ${issuer}, valid until ${until}: ${distrust}`),
        ]),
    ...(isForName ? [] : [finding('tls-wrong-name', at, `the certificate is for ${names}, not for ${name}`)]),
    ...(distrust === undefined && left < soonDays
      ? [finding('tls-expires-soon', at, `the certificate is valid until ${until}`, 'warning')]
      : []),
  ];
}

/** By the error codes of OpenSSL's verification (openssl-verification-options(1)). */
function codeOf(distrust: string): CheckCode {
  switch (distrust) {
    case 'CERT_HAS_EXPIRED':
      return 'tls-expired';
    case 'CERT_NOT_YET_VALID':
      return 'tls-not-yet-valid';
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return 'tls-self-signed';
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT':
      return 'tls-chain';
    default:
      return 'tls-untrusted';
  }
}
