// Preloaded into matrix-deploy (node --import): lets it die, as `kill -9` does, right before the first of its effects that no run
// before has died at. $DEATHS names the file that tells where those died, a line each; $DEATHS_AMONG, a regular expression, says
// which effects count. With $WAITS it does not die: it creates that file once, and waits until the file is removed.
// With $DEATHS_DRAWN ({"seed", "share"}) this share of the effects counts, as the seed has it, and there are more of them: each
// repetition of an effect is one of its own, and so is the moment at which a container or a program has begun to work.
import childProcess from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import files from 'node:fs/promises';
import http from 'node:http';
import { syncBuiltinESMExports } from 'node:module';

const { DEATHS: record, WAITS: awaited } = process.env;
const among = new RegExp(process.env.DEATHS_AMONG ?? '');
const drawn = process.env.DEATHS_DRAWN === undefined ? undefined : JSON.parse(process.env.DEATHS_DRAWN);
const deaths = new Set(existsSync(record) ? readFileSync(record, 'utf8').split('\n') : []);

// A file that is written counts when it gets its name.
for (const name of ['link', 'rename']) {
  const original = files[name];
  files[name] = (from, to) => {
    dieBefore(`${name} ${to}${phaseIn(from, to)}`);
    return original(from, to);
  };
}

/** How far a move has come is another effect each time. */
function phaseIn(from, to) {
  return to.endsWith('/state/move.json') ? ` ${JSON.parse(readFileSync(from, 'utf8')).phase}` : '';
}

const { spawn } = childProcess;
childProcess.spawn = (program, args, options) => {
  const name = [program, ...args].join(' ');
  if (args.includes('version')) return spawn(program, args, options);
  dieBefore(name);
  const child = spawn(program, args, options);
  if (drawn !== undefined) child.once('spawn', () => dieBefore(`the work of ${name}`));
  return child;
};

const { request } = http;
http.request = (...args) => {
  const asked = request(...args);
  if (!['GET', 'HEAD'].includes(asked.method)) makeMortal(asked);
  if (drawn !== undefined && /\/start\??$/.test(asked.path)) {
    asked.once('response', () => dieBefore(`the work of ${created}`));
  }
  return asked;
};

syncBuiltinESMExports();

function dieBefore(effect) {
  // Who holds a lock, which is in the labels of its volume, is another process in each run; a backup has another name.
  const nameless = effect.replaceAll(/[0-9a-f]{64}/g, 'ID').replaceAll(/\d{8}-\d{6}-[0-9a-f]{4}/g, 'SET');
  const one = readable(nameless.replace(/&Labels=[^ &]*/, '')).replaceAll('\n', ' ');
  const anonymous = drawn === undefined ? one : numbered(one);
  if (deaths.has(anonymous) || !among.test(anonymous) || !isDrawn(anonymous)) return;
  if (awaited !== undefined) {
    waitOnce();
    return;
  }
  appendFileSync(record, `${anonymous}\n`);
  process.kill(process.pid, 'SIGKILL');
}

const repetitions = new Map();

/** How many IDs there are, and what time it is, differs from run to run. */
function numbered(effect) {
  const same = effect
    .replaceAll(/ID(&Entrypoint=ID)+/g, 'IDS')
    .replaceAll(/\d{4}-?\d\d-?\d\dT?[\d:.-]*Z?/g, 'TIME')
    .replaceAll(/(matrix-deploy-|pipe-)\w{6}/g, '$1DIRECTORY');
  const repetition = (repetitions.get(same) ?? 0) + 1;
  repetitions.set(same, repetition);
  return repetition === 1 ? same : `${same} (${repetition})`;
}

function isDrawn(effect) {
  if (drawn === undefined) return true;
  const digest = createHash('sha256').update(`${drawn.seed} ${effect}`).digest();
  return digest.readUInt32BE() < drawn.share * 2 ** 32;
}

let hasWaited = false;

/** Nothing else of the program goes on meanwhile. */
function waitOnce() {
  if (hasWaited) return;
  hasWaited = true;
  writeFileSync(awaited, '');
  const cell = new Int32Array(new SharedArrayBuffer(4));
  while (existsSync(awaited)) Atomics.wait(cell, 0, 0, 20);
}

/** Without the escapes of addresses. What a command of SQL has in it may look like one, and is none. */
function readable(effect) {
  try {
    return decodeURIComponent(effect);
  } catch {
    return effect;
  }
}

/** A request has its effect when it is sent; only then is its body known. */
function makeMortal(asked) {
  let isSent = false;
  if (asked.path.includes('/containers/create')) created = asked.path;
  for (const name of ['write', 'end']) {
    const send = asked[name].bind(asked);
    asked[name] = (chunk, ...rest) => {
      if (!isSent) dieBefore(`${asked.method} ${asked.path} ${commandIn(chunk)}${placeOf(asked)}`);
      isSent = true;
      return send(chunk, ...rest);
    };
  }
}

/** The container that was asked for last. */
let created = '';

let starts = 0;

/** Containers that are started differ by their place in the run only: their names are IDs. */
function placeOf({ path }) {
  return path.endsWith('/start') ? `number ${++starts}` : '';
}

/** What a container is told to run. */
function commandIn(body) {
  try {
    return JSON.parse(body).Cmd.join(' ');
  } catch {
    return '';
  }
}
