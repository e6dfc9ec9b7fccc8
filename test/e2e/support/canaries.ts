import { randomBytes } from 'node:crypto';
import type { Host } from '../../lab/host.ts';
import type { Deployment } from './deployment.ts';

/** By name, values that must be seen nowhere but where they are kept. */
export type Canaries = Readonly<Record<string, string>>;

/** A value that nothing else on a host contains. */
export function canary(name: string): string {
  return `canary-${name}-${randomBytes(12).toString('hex')}`;
}

/** Secrets that a deployment makes unless they are there, by their names in secrets/, known from before its first run. */
export async function plantSecrets({ host, ...deployment }: Deployment): Promise<Canaries> {
  const tokens = [
    'synapse_database_password',
    'registration_shared_secret',
    'macaroon_secret_key',
    'form_secret',
    'admin_password',
  ];
  const planted = Object.fromEntries(tokens.map((name) => [name, canary(name)]));
  const seed = randomBytes(32).toString('base64').replaceAll('=', '');
  const files = { ...planted, 'signing.key': `ed25519 a_canary ${seed}\n` };
  const directory = `${deployment.directory}/secrets`;
  await host.run(['install', '--directory', '--mode', '0700', directory]);
  for (const [name, text] of Object.entries(files)) {
    await host.writeFile(`${directory}/${name}`, text, '0444');
  }
  return { ...planted, 'signing.key': seed };
}

const commandsFile = '/tmp/processes';

/**
 * Keeps, from now on, the arguments and environments of all processes of a host that are seen, and what the engine tells of all that it
 * is asked for, in files of the host.
 */
export async function recordCommands(host: Host): Promise<void> {
  await host.start(['sh', '-c', recordProcesses]);
  await host.start(['docker', 'events', '--format', '{{json .}}']);
}

const recordProcesses = `
  while sleep 0.01; do cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null; done |
    tr '\\0' '\\n' | awk '!seen[$0]++ { print; fflush() }' >${commandsFile}`;

// On a file system of its own, which the search leaves out.
const formsFile = '/dev/canaries';

// Files of the host, and below the engine's directory what it knows of containers, their logs among it. Images are left out.
const search = `
  cat >${formsFile}
  find / /run /tmp /var/lib/docker/containers -xdev -type f -print0 2>/dev/null |
    xargs --null grep --text --only-matching --with-filename --fixed-strings --file ${formsFile} | sort --unique
  rm ${formsFile}`;

/**
 * Looks for canaries in every file of a host: as they are, in base64, in hexadecimal.
 *
 * @returns `file: name of the canary`
 */
export async function findCanaries(host: Host, canaries: Canaries): Promise<string[]> {
  const forms = formsOf(canaries);
  const { stdout } = await host.exec(['sh', '-c', search], { input: [...forms.keys()].join('\n') });
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [file = '', ...match] = line.split(':');
      return `${file}: ${forms.get(match.join(':'))}`;
    });
}

/** The canaries that are in a text, by name. */
export function canariesIn(text: string, canaries: Canaries): string[] {
  return [...formsOf(canaries)].flatMap(([form, name]) => (text.includes(form) ? [name] : []));
}

/** All ways in which a canary is recognised, with its name. */
function formsOf(canaries: Canaries): Map<string, string> {
  const forms = Object.entries(canaries).flatMap(([name, value]) => [
    [value, name] as const,
    // Without the end, which depends on what follows.
    [Buffer.from(value).toString('base64').replace(/..=*$/, ''), name] as const,
    [Buffer.from(value).toString('hex'), name] as const,
  ]);
  return new Map(forms);
}
