/** Where the copies of such certificates are, below the deployment directory: services mount it, so that they see another file in it. */
export const certificateDirectory = 'secrets/certificate';

/** The copy in it that the proxy serves. */
export const servedCopy = `${certificateDirectory}/served.pem`;

/** A certificate that somebody else keeps up to date, in files of the host; the service reads a copy of it. */
export interface GivenCertificate {
  /** Absolute paths on the host of PEM files: the certificate with those that lead to its root, and its private key. */
  readonly chain: string;
  readonly key: string;
  /** The service that reads the copy. */
  readonly service: string;
  /** Path below the deployment directory of the copy: the chain and the key as one PEM file. */
  readonly copy: string;
  /** Path below the deployment directory of the file whose change makes the service read the copy again as it runs. */
  readonly watched: string;
  readonly names: readonly string[];
  /** File below the deployment directory with the roots of a private CA, to be trusted beside the public ones. */
  readonly roots?: string | undefined;
}
