import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import { onTestFinished } from 'vitest';
import { issueAuthority, issueCertificate } from '../../src/secrets/certificates.ts';
import { newPrivateKey } from '../../src/secrets/private-key.ts';

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
export async function serveBy({ cert, key }: Issued, answer: RequestListener): Promise<number> {
  const server = createServer({ cert, key }, answer);
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
}
