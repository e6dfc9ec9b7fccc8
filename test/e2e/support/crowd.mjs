// A crowd of clients on one machine, good or bad: node crowd.mjs MANNER COUNT SECONDS HOST PATH ANSWERS. Ends by itself
// after so many seconds or answers, and prints as JSON what became of it.
import { lookup } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import http2 from 'node:http2';
import https from 'node:https';
import tls from 'node:tls';

const [manner, count, seconds, host, path, answers] = process.argv.slice(2);
// Read once: it takes longer than a connection.
const secureContext = tls.createSecureContext({ ca: readFileSync('/etc/ssl/certs/ca-certificates.crt') });
const { address } = await lookup(host);
const server = { host: address, port: 443, servername: host, secureContext };
const end = Date.now() + Number(seconds) * 1000;
const seen = { opened: 0, refused: 0, statuses: {}, milliseconds: [] };

const manners = {
  // Says a byte of its header now and then.
  slow: () => speak(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nX-Slow: `, 'a'),
  // A header of 0.9 MB that never ends.
  header: () => speak(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nX-Large: ${'a'.repeat(900_000)}`, 'a'),
  // 45 MB, of which the last byte never comes. All together send 440 MB: what the machine of many has no room for.
  body: () =>
    speak(
      `POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 45000000\r\n\r\n${'a'.repeat(Math.min(44_000_000, 440_000_000 / Number(count)))}`,
      'a',
    ),
  // 4 MB of JSON, whose last byte comes seconds later, so that many end at once. To read it takes 25 times the memory.
  parts: () =>
    speak(
      `PUT ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\nContent-Length: ${3 * 1_300_000 + 7}\r\n\r\n{"a":[${'[],'.repeat(1_300_000 - 1)}[]]`,
      '}',
      6_000,
    ),
  // As many requests as the server lets one connection have, each with a large header, whose answers are never taken.
  streams: () => fill({ settings: { initialWindowSize: 0 } }),
  // As many requests as the server lets one connection have, of whose answers a byte a second is taken; the first flow
  // control window is small.
  sips: () => fill({ settings: { initialWindowSize: 4_096 }, isSipped: true }),
  // The same with HTTP/1.1: one request.
  sip: () => speak(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAccept-Encoding: gzip\r\n\r\n`),
  // As many requests as the server lets one connection have, none of which comes to its end.
  unfinished: () => fill({ method: 'POST' }),
  ask,
};

const queue = Array.from({ length: Number(count) }, (_, index) => index);
await Promise.all(
  Array.from({ length: manner === 'ask' ? 1 : 100 }, async () => {
    while (queue.pop() !== undefined && Date.now() < end) await manners[manner]();
  }),
);
await until(end);
leave();

function leave() {
  process.stdout.write(JSON.stringify(seen));
  process.exit();
}

/**
 * Opens a connection, says this, and holds it: says more after each pause (in ms), or, without more to say, takes a byte
 * of the answer each second. Resolves once it is open or refused.
 */
function speak(text, more, pause = 2_000) {
  return new Promise((resolve) => {
    const socket = tls.connect(server);
    let isOpen = false;
    socket.on('secureConnect', () => {
      isOpen = true;
      seen.opened += 1;
      socket.write(text);
      const timer = more === undefined ? sip(socket) : setInterval(() => socket.write(more), pause);
      socket.on('close', () => clearInterval(timer));
      resolve();
    });
    if (more !== undefined) {
      socket.on('data', (data) => countStatus(/^HTTP\/1\.1 (\d+)/.exec(String(data))?.[1]));
    }
    socket.on('error', () => {});
    socket.on('close', () => {
      if (!isOpen) seen.refused += 1;
      resolve();
    });
  });
}

/** Opens a connection, and as many requests on it as the server lets. A POST waits for a body that is never sent. */
function fill({ settings, method = 'GET', isSipped = false }) {
  return new Promise((resolve) => {
    const session = http2.connect(`https://${host}`, {
      createConnection: () => tls.connect({ ...server, ALPNProtocols: ['h2'] }),
      settings,
    });
    session.on('error', () => {});
    session.on('close', resolve);
    session.on('remoteSettings', ({ maxConcurrentStreams }) => {
      seen.opened += 1;
      for (let stream = 0; stream < maxConcurrentStreams; stream += 1) {
        const large = isSipped ? {} : { 'x-large': `${'a'.repeat(15_000)}${stream}` };
        // Without the port that Node would add: for the proxy, all are to ask for the same name.
        const wanted = { ':authority': host, ':method': method, ':path': path, 'accept-encoding': 'gzip' };
        const headers = { ...wanted, ...large };
        const request = session.request(headers, { endStream: method === 'GET' });
        request.on('response', (headers) => countStatus(headers[':status']));
        request.on('error', () => {});
        if (isSipped) {
          const timer = sip(request);
          request.on('close', () => clearInterval(timer));
        }
      }
      resolve();
    });
  });
}

/** Takes a byte of what comes each second. Node keeps up to 16 KiB ready for that, and asks for no more. */
function sip(readable) {
  return setInterval(() => readable.read(1), 1_000);
}

/** Asks as a client does that comes for the first time: by a connection of its own. */
async function ask() {
  const begin = performance.now();
  countStatus(await statusOf());
  seen.milliseconds.push(performance.now() - begin);
  await until(Date.now() + 50);
}

function statusOf() {
  return new Promise((resolve) => {
    const request = https.get(
      { ...server, path, headers: { host }, agent: false, timeout: 10_000 },
      (answer) => {
        answer.resume();
        answer.on('end', () => resolve(answer.statusCode));
      },
    );
    request.on('timeout', () => request.destroy(new Error('timeout')));
    request.on('error', (error) => resolve(error.code ?? error.message));
  });
}

function countStatus(status) {
  if (status === undefined) return;
  seen.statuses[status] = (seen.statuses[status] ?? 0) + 1;
  if (Object.values(seen.statuses).reduce((sum, one) => sum + one) >= Number(answers)) leave();
}

function until(time) {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, time - Date.now())));
}
