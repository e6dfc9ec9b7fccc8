import { cached } from '../../lab/cache.ts';
import { makeDebianRoot } from '../../lab/engine/debian-root.ts';
import type { Lab } from '../../lab/lab.ts';
import { checkout, type Machine } from '../../lab/machine.ts';
import type { Visit } from './browser-program.ts';
import { trusted } from './public-server.ts';

const root = {
  suite: 'trixie',
  packages: ['ca-certificates', 'chromium-headless-shell', 'curl', 'iproute2', 'libnss3-tools'],
};

// Chromium does not read the system's CA certificates: it has its own, and those of this database, one for each user.
const trustScript = `
  mkdir -p ~/.pki/nssdb
  certutil -N -d sql:$HOME/.pki/nssdb --empty-password
  cd "$(mktemp -d)"
  awk '/BEGIN/ { n++ } { print >n ".pem" }' "$1"
  for file in *.pem; do certutil -A -d sql:$HOME/.pki/nssdb -n "$file" -t C,, -i "$file"; done`;

/** A machine with Chromium, Debian's, which trusts what hosts of the lab trust. */
export async function rentBrowser(lab: Lab, name: string): Promise<Machine> {
  const tree = await cached('browser', root, (directory) => makeDebianRoot(root, directory));
  const machine = await lab.machine(name, { tree });
  await machine.run(['sh', '-euc', trustScript, 'trust', trusted]);
  return machine;
}

/** Logs in to a web client. @returns the names of the rooms that it shows then */
export async function visit(browser: Machine, visiting: Visit): Promise<string[]> {
  const program = ['node', '--import', 'tsx', 'test/e2e/support/browser-program.ts'];
  return JSON.parse(
    await browser.run(program, { cwd: checkout.onMachines, input: JSON.stringify(visiting) }),
  );
}
