import * as z from 'zod';
import { certificateDirectory, type GivenCertificate, servedCopy } from '../given-certificate.ts';
import { proxyService } from './proxy-service.ts';

const pathOnHost = z
  .string()
  .regex(/^\/[^\0\n]*[^\0\n/]$/, 'must be the absolute path of a file on this host');

/** The settings of a certificate that the operator gives in files. */
export const filesSettings = {
  issuer: z
    .literal('files')
    .describe(
      'Files on this host that something else keeps up to date, such as certbot or the CA of a company. `matrix-deploy certificates watch` has every renewal served by itself.',
    ),
  chain: pathOnHost.describe(
    'PEM file with the certificate, followed by the intermediate certificates, such as /etc/letsencrypt/live/example.org/fullchain.pem. It must cover every hostname of the server.',
  ),
  key: pathOnHost.describe(
    'PEM file with its private key, without a password, which other users must not be able to read, such as /etc/letsencrypt/live/example.org/privkey.pem.',
  ),
} as const;

/**
 * Directory of the copy in the container. The directory is mounted, not the file: a container does not see that
 * another file has replaced a mounted one.
 */
const directory = '/run/secrets/certificate';

/** The copy below the deployment directory, and where the proxy sees it. */
export const givenCopy = {
  copy: servedCopy,
  mount: { source: certificateDirectory, target: directory },
  inContainer: `${directory}/served.pem`,
} as const;

/** Describes the certificate in these files, of which the deployment keeps a copy. */
export function givenCertificate(
  {
    chain,
    key,
    roots,
  }: { readonly chain: string; readonly key: string; readonly roots?: string | undefined },
  names: readonly string[],
): GivenCertificate {
  return {
    chain,
    key,
    names,
    roots,
    service: proxyService,
    copy: givenCopy.copy,
    // Traefik reads certificates when it loads its dynamic files, and it loads them when a file in their directory
    // changes.
    watched: 'traefik/dynamic/routes.yml',
  };
}
