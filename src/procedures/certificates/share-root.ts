import { X509Certificate } from 'node:crypto';
import type { Deployment } from '../../apply/deployment.ts';
import { isPrivateToHost } from '../../apply/locate-names.ts';
import { readRoots } from '../../apply/probe.ts';
import type { Context } from '../../context.ts';
import { PreflightError, UserError } from '../../errors.ts';
import { type Serving, serveFiles } from '../../host/serve.ts';
import { commonNameOf } from '../../secrets/judge-certificate.ts';
import { type Stack, unlockedStack } from '../../stack/stack.ts';

/** A root certificate that is offered to devices. */
export interface SharedRoot {
  /** Address of the page. */
  readonly url: string;
  readonly authority: string;
  /** SHA-256 of the certificate, in pairs of hexadecimal digits. */
  readonly fingerprint: string;
}

/** The content of a page about the root certificate of a private CA. */
export interface RootPage {
  readonly serverName: string;
  /** URL of the homeserver, for clients. */
  readonly homeserver: string;
  /** Common name of the CA. */
  readonly authority: string;
  readonly fingerprint: string;
  /** Path at which the certificate is. */
  readonly path: string;
}

export interface ShareRequest extends Pick<Deployment, 'directory' | 'config'> {
  /** Address of this host to answer at; the first that it has when absent. */
  readonly address: string | undefined;
  readonly port: number;
  /** The page, as HTML. */
  readonly page: (root: RootPage) => string;
}

const path = '/root.crt';

/**
 * Starts to serve a page that offers the root certificate of a private CA. The page is without TLS, since devices do
 * not trust the server yet.
 *
 * @throws UserError if no device needs the certificate; PreflightError if there is none yet, or if no device would
 *   reach the server or the page
 */
export async function shareRoot(
  { directory, config, address, port, page }: ShareRequest,
  { surroundings }: Pick<Context, 'surroundings'>,
): Promise<SharedRoot & Pick<Serving, 'close'>> {
  const stack = unlockedStack(config);
  if (isPrivateToHost(stack.edge)) {
    throw new PreflightError(
      `the server is published at ${stack.edge.address} only, where no other device reaches it`,
      {
        code: 'certificates.private',
        hint: 'Set host to a name that leads here in your network, traefik.publish.address to all, traefik.publish.https to 443, and run `matrix-deploy apply`.',
      },
    );
  }
  const { machine } = await surroundings();
  const at = address ?? machine.addresses()[0];
  if (at === undefined) {
    throw new PreflightError('this host has no address in a network', {
      code: 'certificates.address',
      hint: 'Name one with --address.',
    });
  }
  const root = await rootOf(directory, stack);
  const { fingerprint256: fingerprint } = root;
  const authority = commonNameOf(root.subject);
  const body = page({
    serverName: stack.serverName,
    homeserver: stack.delegation.clientUrl,
    authority,
    fingerprint,
    path,
  });
  const serving = await serveFiles(
    {
      '/': { type: 'text/html; charset=utf-8', body },
      // With this media type, phones offer to install it. RFC 5280 defines none, but every browser knows this one.
      [path]: { type: 'application/x-x509-ca-cert', body: root.raw },
    },
    { address: at, port },
  );
  return { url: `${serving.url}/`, authority, fingerprint, close: serving.close };
}

async function rootOf(directory: string, stack: Stack): Promise<X509Certificate> {
  const pem = await readRoots({ directory }, stack);
  if (pem === undefined) {
    throw new UserError('devices trust the certificates of this server already: it names no private CA', {
      code: 'certificates.public',
      hint: 'There is nothing to share.',
    });
  }
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new PreflightError(`${stack.roots.join(', ')} has no certificate to share`, {
      code: 'certificates.unapplied',
      hint: 'Run `matrix-deploy apply`, which creates it.',
      cause,
    });
  }
}
