import { installPackages } from './engine/apt.ts';
import { findProgram } from './engine/program.ts';

/** The programs of the machine itself that a lab uses, and the Debian packages that have them. */
const programs = {
  ip: 'iproute2',
  nsenter: 'util-linux',
  mount: 'mount',
  'mkfs.ext4': 'e2fsprogs',
  gpg: 'gpg',
  // Without it, gpg makes no key.
  'gpg-agent': 'gpg-agent',
  // wan-relay.py
  python3: 'python3-minimal',
} as const;

/** Installs what is missing here of what a lab needs; none of it is a service. */
export async function installPrerequisites(): Promise<void> {
  const missing: string[] = [];
  for (const [program, name] of Object.entries(programs)) {
    if ((await findProgram(program)) === undefined) missing.push(name);
  }
  if (missing.length > 0) await installPackages(missing);
}
