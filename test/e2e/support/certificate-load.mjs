// Asks a server again and again until a file is there, each time by a connection of its own, and tells what it saw:
// node certificate-load.mjs NAME PATH CA-FILE STOP-FILE
import { existsSync, readFileSync } from 'node:fs';
import { get } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';

const [name, path, caFile, stopFile] = process.argv.slice(2);
const ca = readFileSync(caFile);
const serials = [];
const failed = [];
let answered = 0;

async function askOnce() {
  const { status, serial } = await new Promise((resolve, reject) => {
    get({ host: name, path, ca, agent: false, timeout: 20_000 }, (answer) => {
      const { serialNumber } = answer.socket.getPeerCertificate();
      answer.resume().once('end', () => resolve({ status: answer.statusCode, serial: serialNumber }));
    }).once('error', reject);
  });
  if (status !== 200) throw new Error(`status ${status}`);
  answered += 1;
  if (!serials.includes(serial)) serials.push(serial);
}

const asked = [];
while (!existsSync(stopFile)) {
  asked.push(askOnce().catch(({ message }) => failed.push(message)));
  await sleep(50);
}
await Promise.all(asked);
process.stdout.write(JSON.stringify({ answered, failed, serials }));
