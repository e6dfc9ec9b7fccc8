import { readFileSync } from 'node:fs';
import {
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http';
import { createServer, request as httpsRequest } from 'node:https';
import { buffer } from 'node:stream/consumers';
import type { Fault, FrontConfiguration } from './front-door.ts';

// The program that front-door.ts starts on a machine of the lab: `front.ts <configuration file>`.

const configurationFile = process.argv[2] ?? '';
const configuration: FrontConfiguration = JSON.parse(readFileSync(configurationFile, 'utf8'));

createServer({ cert: configuration.certificate, key: configuration.key }, (request, response) => {
  const fault = currentFault(request.url ?? '');
  if (fault?.answer === undefined) forward(request, response, fault?.corrupt === true);
  else response.writeHead(fault.answer.status, fault.answer.headers).end(fault.answer.body);
}).listen(443, '::');

// Read for each request: a test's change counts from the next one on.
function currentFault(url: string): Fault | undefined {
  const faults: Fault[] = JSON.parse(readFileSync(configuration.faultsFile, 'utf8'));
  return faults.find((fault) => new RegExp(fault.path).test(url));
}

function forward(request: IncomingMessage, response: ServerResponse, corrupt: boolean): void {
  const { upstream, rewrite } = configuration;
  const path = rewrite[request.url ?? ''] ?? request.url;
  const send = upstream.startsWith('https:') ? httpsRequest : httpRequest;
  const onward = send(
    `${upstream}${path}`,
    // Upstream is on the same machine, with a certificate for another name.
    { method: request.method, headers: request.headers, rejectUnauthorized: false },
    (answer) => relay(answer, response, corrupt).catch(() => response.destroy()),
  );
  onward.on('error', (error) => response.writeHead(502).end(String(error)));
  request.pipe(onward);
}

async function relay(answer: IncomingMessage, response: ServerResponse, corrupt: boolean): Promise<void> {
  const status = answer.statusCode ?? 502;
  if (!corrupt) {
    response.writeHead(status, answer.headers);
    answer.pipe(response);
    return;
  }
  // A line more: still the same JSON or archive to a reader, and no longer what its digest says.
  const body = Buffer.concat([await buffer(answer), Buffer.from('\n')]);
  const headers: OutgoingHttpHeaders = { ...answer.headers, 'content-length': body.length };
  response.writeHead(status, headers).end(body);
}
