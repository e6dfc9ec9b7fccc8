import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import { issueAuthority, issueCertificate } from '../../src/secrets/certificates.ts';
import { newPrivateKey } from '../../src/secrets/private-key.ts';
import { untilTestEnds } from './http-server.ts';

const now = new Date();

/** A certificate for a name, and the authority to trust. */
export async function issueFor(name: string) {
  const [authorityKey, key] = [newPrivateKey(), newPrivateKey()];
  const authority = await issueAuthority('Test authority', authorityKey, now);
  return {
    key,
    authority,
    cert: await issueCertificate({ names: [name], key, authority, authorityKey, now }),
  };
}

export type Issued = Awaited<ReturnType<typeof issueFor>>;

/** A server with this certificate and answer; gone when the test has ended. */
export async function serve(issued: Issued, status = 200, body = '{"versions":[]}'): Promise<number> {
  return serveBy(issued, (_request, response) => response.writeHead(status).end(body));
}

/** A server with this certificate that answers as told; gone when the test has ended. */
export function serveBy({ cert, key }: Issued, answer: RequestListener): Promise<number> {
  return untilTestEnds(createServer({ cert, key }, answer));
}
