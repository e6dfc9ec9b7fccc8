import * as z from 'zod';
import { certificateDirectory, type GivenCertificate, servedCopy } from '../given-certificate.ts';
import { proxyService } from './proxy-service.ts';

const pathOnHost = z
  .string()
  .regex(/^\/[^\0\n]*[^\0\n/]$/, 'must be the absolute path of a file on this host');

/** The settings of a certificate that the operator gives, in files. */
export const filesSettings = {
  issuer: z
    .literal('files')
    .describe(
      'Files on this host that something else keeps up to date, such as certbot or the CA of a company. `matrix-deploy certificates reload` makes the proxy serve them after a renewal.',
    ),
  chain: pathOnHost.describe(
    'PEM file with the certificate, followed by the intermediate certificates, such as /etc/letsencrypt/live/example.org/fullchain.pem. It must cover every hostname of the server.',
  ),
  key: pathOnHost.describe(
    'PEM file with its private key, without a password, which other users must not be able to read, such as /etc/letsencrypt/live/example.org/privkey.pem.',
  ),
} as const;

/** Where the proxy finds the copy: a directory, since a file that is mounted by itself stays the one that it was. */
const directory = '/run/secrets/certificate';

/** The copy below the deployment directory, and where the proxy sees it. */
export const givenCopy = {
  copy: servedCopy,
  mount: { source: certificateDirectory, target: directory },
  inContainer: `${directory}/served.pem`,
} as const;

/** The certificate in these files, as the deployment is to keep a copy of it. */
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
    // Traefik reads certificates when it loads its dynamic files, and those when one of their directory changes.
    watched: 'traefik/dynamic/routes.yml',
  };
}
