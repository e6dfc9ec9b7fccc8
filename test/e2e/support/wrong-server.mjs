// The program of support/wrong-servers.ts: `wrong-server.mjs <configuration file>`. By the name that it is asked for, it
// answers as the file says, on ports 443 and 8448; some ports are wrong whatever name they are asked by.
import { readFileSync } from 'node:fs';
import { createServer as createPlainServer } from 'node:http';
import { createServer, request } from 'node:https';
import { createServer as createSocketServer } from 'node:net';
import { createSecureContext } from 'node:tls';

const { names, ports } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const contexts = new Map(
  Object.entries(names).map(([name, { certificate, key }]) => [
    name,
    createSecureContext({ cert: certificate, key }),
  ]),
);
const [first] = Object.values(names);
const options = {
  cert: first.certificate,
  key: first.key,
  SNICallback: (name, callback) => callback(null, contexts.get(name)),
};

function answer(incoming, response) {
  const name = (incoming.headers.host ?? '').replace(/:\d+$/, '');
  const { answers = {}, decodeFor } = names[name] ?? {};
  const path = incoming.url.replace(/\?.*/, '');
  const wanted = answers[path] ?? answers['*'];
  if (decodeFor !== undefined && answers[path] === undefined && path.startsWith('/_matrix/'))
    return decode(incoming, response, decodeFor);
  if (wanted === undefined) return response.writeHead(404).end('nothing here');
  const { status = 200, headers = {}, body = '', way } = wanted;
  if (way === 'upgrade')
    return incoming.socket.end(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n',
    );
  if (way === 'cut') return incoming.socket.destroy();
  response.writeHead(status, headers);
  if (way === 'endless') return endless(response);
  if (way === 'stall') return response.write(body);
  return response.end(body);
}

function endless(response) {
  while (response.write('x'.repeat(65_536)));
  response.once('drain', () => endless(response));
}

/** What a proxy does that decodes paths on the way to a real homeserver. */
function decode(incoming, response, host) {
  const path = encodeURI(decodeURIComponent(incoming.url)).replaceAll('#', '%23');
  const onward = request(
    { host, port: 443, path, servername: host, headers: { host }, rejectUnauthorized: false },
    (found) => {
      response.writeHead(found.statusCode, found.headers);
      found.pipe(response);
    },
  );
  onward.on('error', (error) => response.writeHead(502).end(String(error)));
  onward.end();
}

for (const port of [443, 8448]) createServer(options, answer).listen(port, '::');
createPlainServer(answer).listen(ports.plain, '::');
createSocketServer(() => {}).listen(ports.silent, '::');
createSocketServer((socket) => socket.destroy()).listen(ports.closing, '::');
createServer(
  { ...options, minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' },
  answer,
).listen(ports.old, '::');
