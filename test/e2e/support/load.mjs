// Clients of one user on one machine: node load.mjs URL CA TOKEN ROOM STOP. Fifty requests a second of GET, PUT and POST, and three
// that wait for news, until there is a file STOP. Prints as JSON how many were answered, what failed, and how long the longest took.
// No more than a hundred clients wait at once: the proxy takes a bounded number, and a slow machine starts nothing in seconds.
import { existsSync, readFileSync } from 'node:fs';
import https from 'node:https';

const [url, authority, token, room, stop] = process.argv.slice(2);
const agent = new https.Agent({ keepAlive: true, ca: readFileSync(authority) });
const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
const seen = { answered: 0, failed: [], longest: 0, texts: [] };
const inFlight = new Set();
const mostClients = 100;
let isOver = false;

const inRoom = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}`;
const kinds = [
  () => ask('GET', '/_matrix/client/v3/account/whoami'),
  say,
  () => ask('POST', '/_matrix/client/v3/keys/query', { device_keys: {} }),
  () => ask('GET', `${inRoom}/joined_members`),
  () => ask('POST', '/_matrix/client/v3/keys/upload', {}),
];

const nothing = encodeURIComponent(JSON.stringify({ room: { rooms: [] }, presence: { not_types: ['*'] } }));
const polls = [poll('1'), poll('2'), pollByPost()];
let count = 0;
const timer = setInterval(() => {
  if (inFlight.size < mostClients) {
    keep(kinds[count % kinds.length]());
    count += 1;
  }
  if (existsSync(stop)) {
    clearInterval(timer);
    isOver = true;
    void end();
  }
}, 20);

async function end() {
  await Promise.all(inFlight);
  agent.destroy();
  await Promise.all(polls);
  process.stdout.write(JSON.stringify(seen));
}

function keep(request) {
  inFlight.add(request);
  request.finally(() => inFlight.delete(request));
}

async function say() {
  const text = `message ${count}`;
  const { status } = await ask('PUT', `${inRoom}/send/m.room.message/${text.replace(' ', '-')}`, {
    msgtype: 'm.text',
    body: text,
  });
  if (status === 200) seen.texts.push(text);
}

/** Waits for what never comes, again and again. */
async function poll(name) {
  let since = '';
  while (!isOver) {
    const path = `/_matrix/client/v3/sync?timeout=${since ? 5000 : 0}&filter=${nothing}${since}`;
    const { body } = await ask('GET', path, undefined, `sync ${name}`);
    since = body?.next_batch ? `&since=${body.next_batch}` : since;
  }
}

async function pollByPost() {
  let pos = '';
  while (!isOver) {
    const path = `/_matrix/client/unstable/org.matrix.simplified_msc3575/sync?timeout=5000${pos}`;
    const { body } = await ask('POST', path, { lists: {} }, 'sliding sync');
    pos = body?.pos ? `&pos=${body.pos}` : pos;
  }
}

/** Asks once; whatever is not answered with 200 has failed, unless it was this program that ended it. */
function ask(method, path, body, name) {
  const begin = performance.now();
  return new Promise((resolve) => {
    const request = https.request(`${url}${path}`, { method, headers, agent }, (answer) => {
      let text = '';
      answer.on('data', (data) => {
        text += data;
      });
      answer.on('end', () => done(answer.statusCode, text));
    });
    request.on('error', (error) => done(error.code ?? error.message, ''));
    request.end(body && JSON.stringify(body));

    function done(status, text) {
      const milliseconds = performance.now() - begin;
      if (status === 200) {
        seen.answered += 1;
        if (name === undefined) seen.longest = Math.max(seen.longest, milliseconds);
      } else if (name === undefined || !isOver) {
        seen.failed.push({ method, path: name ?? path, status, text: text.slice(0, 200), milliseconds });
      }
      resolve({ status, body: status === 200 ? JSON.parse(text) : undefined });
    }
  });
}
