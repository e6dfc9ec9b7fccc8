import { writeFile } from 'node:fs/promises';
import { releases, testedImage } from '../src/releases/releases.ts';
import type { Host } from '../test/lab/host.ts';
import { Lab } from '../test/lab/lab.ts';
import { checkout } from '../test/lab/machine.ts';
import { drawTerminal } from './picture.ts';

// `npm run record`: makes session.svg, the picture in README.md, from a real run on a host of the lab.

const columns = 80;
const title = 'A terminal in which matrix-deploy sets up a server, shows its status and plans a change';
const timeoutSeconds = 300;
const session = [
  'matrix-deploy init --local --yes',
  'matrix-deploy status',
  'cd /opt/matrix && sed -i "/^synapse:/a\\  max_upload_size: 200M" matrix.yaml',
  'matrix-deploy plan',
];

const images = Object.keys(releases).map((name) => testedImage(name as keyof typeof releases));
const lab = await Lab.open();
try {
  const host = await lab.host('server', { images });
  await host.run([
    'ln',
    '-s',
    `${checkout.onMachines}/bin/matrix-deploy.cjs`,
    '/usr/local/bin/matrix-deploy',
  ]);
  const screens: string[] = [];
  for (const command of session) {
    screens.push(`\u001b[1m$ ${command}\u001b[0m\r\n${await runOnTerminal(host, command)}`);
  }
  const picture = await drawTerminal(screens.join('\r\n'), { columns, title });
  await writeFile(new URL('session.svg', import.meta.url), picture);
} finally {
  await lab.close();
}

/** What a command writes to a terminal of its own. */
async function runOnTerminal(host: Host, command: string): Promise<string> {
  const sized = `stty columns ${columns} rows 24; ${command}`;
  const options = { env: { TERM: 'xterm-256color' }, timeoutSeconds };
  const { stdout, exitCode } = await host.exec(['script', '-qec', sized, '/dev/null'], options);
  if (exitCode !== 0) {
    throw new Error(`${command} ended with ${exitCode}:\n${stdout}`);
  }
  return stdout;
}
