// Runs a TypeScript script of this project from a fresh clone: node test/lab/bootstrap.mjs SCRIPT [ARGS...]
// It sees to Node's version and to the dependencies, so it is plain JavaScript and uses none of them.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const [script, ...args] = process.argv.slice(2);

checkNode();
if (!dependenciesInstalled()) installDependencies();
runScript();

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  giveUp(`Node.js 20.19 or newer is needed; this is ${process.versions.node}.`);
}

/** Whether what npm has installed is what the lock file asks for. */
function dependenciesInstalled() {
  const wanted = readPackages('package-lock.json');
  const installed = readPackages('node_modules/.package-lock.json');
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === '' || optional || installed[path]?.version === version,
  );
}

function readPackages(lockFile) {
  try {
    return JSON.parse(readFileSync(`${root}${lockFile}`, 'utf8')).packages;
  } catch {
    return {};
  }
}

function installDependencies() {
  say('installing the dependencies: npm ci');
  // Their output is no part of the script's.
  const { status } = spawnSync('npm', ['ci'], { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) giveUp('npm ci failed: see above.');
}

function runScript() {
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  // A terminal sends this one to the script as well, which may take its time to clean up.
  process.on('SIGINT', () => {});
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

function say(text) {
  process.stderr.write(`${text}\n`);
}

function giveUp(text) {
  say(text);
  process.exit(1);
}
