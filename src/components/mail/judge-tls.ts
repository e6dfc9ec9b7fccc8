import { placeOf, type SendingAccount, type SendingFailure, type SendingFault } from './sending.ts';

/** Explains why a connection is not encrypted, other than because of the certificate. */
export function judgeTls({ kind, code, text }: SendingFailure, account: SendingAccount): SendingFault {
  const place = placeOf(account);
  if (kind === 'not-offered') {
    return {
      code: 'no-starttls',
      finding: `${place} does not offer STARTTLS, so that everybody on the way could read the password and the mail`,
      remedy:
        'Use the submission port (587 with tls: starttls, 465 with tls: implicit), or set up TLS on the mail server. On your own network, tls: none sends without, and without an account.',
    };
  }
  if (kind === 'tls' && text === 'WRONG_VERSION_NUMBER') {
    return {
      code: 'not-tls',
      finding: `${place} does not speak TLS from the first byte, although mail.tls is implicit`,
      remedy: 'Set mail.tls to starttls for port 587, or mail.port to 465.',
    };
  }
  return {
    code: 'tls-failed',
    finding: `the encryption with ${place} did not come about: ${code === null ? '' : `${code} `}${text}`,
    remedy: 'The mail server must have TLS 1.2 or newer (2008), and a certificate. See its log.',
  };
}

/** Explains why a certificate is refused, by the codes of OpenSSL (openssl/x509_vfy.h, `X509_V_ERR_…`). */
export function judgeCertificate({ code, text }: SendingFailure, { host }: SendingAccount): SendingFault {
  switch (code) {
    // HOSTNAME_MISMATCH, IP_ADDRESS_MISMATCH
    case 62:
    case 64:
      return {
        code: 'certificate-name',
        finding: `the certificate of the mail server is for another name than ${host}`,
        remedy: 'Set mail.host to the name in the certificate: that by which your mail provider calls it.',
      };
    // CERT_HAS_EXPIRED
    case 10:
      return {
        code: 'certificate-expired',
        finding: `the certificate of ${host} has expired`,
        remedy:
          'It must be renewed on the mail server. If it is not that: see whether the clock of this host is right.',
      };
    // CERT_NOT_YET_VALID
    case 9:
      return {
        code: 'certificate-not-yet-valid',
        finding: `the certificate of ${host} is not valid yet`,
        remedy: 'See whether the clock of this host is right, and then that of the mail server.',
      };
    default:
      return {
        code: 'certificate-unknown',
        finding: `the certificate of ${host} is from a CA that the homeserver does not trust (${text})`,
        remedy:
          'The mail server needs a certificate from a public CA, and must send the intermediate certificates with it. A private CA is trusted if it also issues the certificates of this server: traefik.certificates.roots.',
      };
  }
}
