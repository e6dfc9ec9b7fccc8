/**
 * Directory of the copies of such certificates, below the deployment directory. Services mount the directory, not a
 * file in it, so that they see a file that replaces another.
 */
export const certificateDirectory = 'secrets/certificate';

/** The copy that the proxy serves. */
export const servedCopy = `${certificateDirectory}/served.pem`;

/**
 * A certificate in files of the host, which are renewed by something other than matrix-deploy. The service reads a
 * copy.
 */
export interface GivenCertificate {
  /**
   * Absolute paths of PEM files on the host: the certificate with its intermediate certificates, and its private key.
   */
  readonly chain: string;
  readonly key: string;
  /** The service that reads the copy. */
  readonly service: string;
  /** Path below the deployment directory of the copy: the chain and the key as one PEM file. */
  readonly copy: string;
  /** File whose change makes the running service read the copy again; a path below the deployment directory. */
  readonly watched: string;
  readonly names: readonly string[];
  /**
   * File below the deployment directory with the CA certificates of a private CA, trusted besides the public ones.
   */
  readonly roots?: string | undefined;
}
