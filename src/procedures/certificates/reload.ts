import type { Deployment } from '../../apply/deployment.ts';
import { giveCertificate, haveRead } from '../../apply/give-certificate.ts';
import { ownPlace } from '../../apply/probe.ts';
import { ownCertificates } from '../../components/traefik/options.ts';
import type { Context } from '../../context.ts';
import { messageOf, PreflightError, UnhealthyError } from '../../errors.ts';
import { servedCertificate } from '../../host/https.ts';
import { type ObservedCertificate, refuseBadCertificates } from '../../plan/given-certificates.ts';
import { type Stack, unlockedStack } from '../../stack/stack.ts';
import { loadConfig } from '../../state/load-config.ts';
import { observeCertificates } from '../../state/observe-certificates.ts';
import { type ChangePorts, changeDeployment } from '../change-deployment.ts';
import { readsNoFiles } from './reads-no-files.ts';

/** How long the proxy may take to serve a new certificate. Usually, it takes less than a second. */
const patienceSeconds = 20;

/** How long a renewal may take from the first of the two files to the second. */
const renewalSeconds = 10;

const pauseMilliseconds = 100;

type Subject = Pick<Deployment, 'directory' | 'config'>;
type ReloadPorts = Pick<Context, 'components' | 'clock' | 'interrupt' | 'patience'>;

/** The certificate that is served after a reload. */
export interface ReloadedCertificate {
  readonly names: readonly string[];
  readonly until: Date;
  /** Whether another certificate was served before. */
  readonly changed: boolean;
}

/**
 * The certificate in the operator's files, if that is the one that the proxy serves: nothing is to be done then.
 * Changes nothing.
 */
export async function findServed(
  directory: string,
  ports: ReloadPorts,
): Promise<ReloadedCertificate | undefined> {
  const { stack, found } = await observe(await readSubject(directory, ports), ports);
  if (found?.certificate === undefined || !found.isCopied || found.issues.length > 0) return undefined;
  const { given, certificate } = found;
  const wrong = await lookAtServed(stack, given.names, certificate.fingerprint, ports);
  return wrong.length > 0 ? undefined : { names: given.names, until: certificate.validUntil, changed: false };
}

/**
 * Makes the running proxy serve the certificate that is now in the operator's files, and verifies that it is served.
 * Reads matrix.yaml only while no other run changes it.
 * Waits for the end of a renewal that has replaced only one of the two files.
 *
 * @param note is told why it waits
 * @throws ConfigError naming what is wrong with the files, which are not used then; UserError if the proxy reads no
 *   files; PreflightError if they were never applied; UnhealthyError if the proxy does not serve the certificate
 */
export function reloadCertificate(
  directory: string,
  context: ChangePorts & ReloadPorts,
  note: (text: string) => void,
): Promise<ReloadedCertificate> {
  return changeDeployment(context, { directory }, 'certificates reload', async () =>
    reload(await readSubject(directory, context), context, note),
  );
}

async function readSubject(directory: string, context: Pick<Context, 'components'>): Promise<Subject> {
  return { directory, config: (await loadConfig(directory, context)).config };
}

async function reload(
  subject: Subject,
  ports: ReloadPorts,
  note: (text: string) => void,
): Promise<ReloadedCertificate> {
  let changed = false;
  for (;;) {
    const { stack, found } = await observeWhole(subject, ports, note);
    refuseBadCertificates([{ ...found, hasCopy: false, isCopied: false }]);
    const { given, certificate, hasCopy, isCopied } = found;
    if (certificate === undefined || !hasCopy) {
      throw new PreflightError('the certificate in these files was never applied', {
        code: 'certificates.unapplied',
        hint: 'Run `matrix-deploy apply`. Nothing was changed.',
      });
    }
    await (isCopied ? haveRead(subject, given) : giveCertificate(subject, given, certificate.pem));
    changed ||= !isCopied;
    await seeServed(stack, given.names, certificate.fingerprint, ports);
    // What starts this command at a change starts it once, and not again while it runs.
    const { found: after } = await observe(subject, ports);
    if (after?.isCopied !== false || after.issues.length > 0) {
      return { names: given.names, until: certificate.validUntil, changed };
    }
  }
}

interface Observed {
  readonly stack: Stack;
  readonly found: ObservedCertificate | undefined;
}

async function observe(
  { directory, config }: Subject,
  { clock }: Pick<ReloadPorts, 'clock'>,
): Promise<Observed> {
  const stack = unlockedStack(config);
  const [found] = await observeCertificates(directory, stack.certificates, clock.now());
  return { stack, found };
}

/** Observes the files, and waits if they are in the middle of a renewal. */
async function observeWhole(subject: Subject, ports: ReloadPorts, note: (text: string) => void) {
  const { clock, interrupt, patience = 1 } = ports;
  const end = clock.now().getTime() + renewalSeconds * 1000 * patience;
  for (let isTold = false; ; isTold = true) {
    const { stack, found } = await observe(subject, ports);
    if (found === undefined) throw readsNoFiles(ownCertificates(subject.config.traefik)?.issuer);
    if (!found.isHalfRenewed || !found.hasCopy || clock.now().getTime() > end) return { stack, found };
    if (!isTold) note(`waits for the end of a renewal: ${found.issues.join(', and ')}`);
    await clock.sleep(pauseMilliseconds, interrupt);
  }
}

/** For each name that the certificate is not served for, why. */
async function lookAtServed(
  { edge }: Pick<Stack, 'edge'>,
  names: readonly string[],
  fingerprint: string,
  { interrupt }: Pick<ReloadPorts, 'interrupt'>,
): Promise<string[]> {
  const { address, port } = ownPlace(edge);
  const look = async (name: string) => {
    const server = { address, port, name, roots: undefined, signal: interrupt };
    const seen = await servedCertificate(server).catch((error) => messageOf(error));
    if (typeof seen === 'string') return `${name}: ${seen}`;
    return seen.fingerprint === fingerprint ? [] : `${name}: the one before is served`;
  };
  return (await Promise.all(names.map(look))).flat();
}

async function seeServed(
  stack: Pick<Stack, 'edge'>,
  names: readonly string[],
  fingerprint: string,
  { clock, interrupt, patience = 1 }: Omit<ReloadPorts, 'components'>,
): Promise<void> {
  const end = clock.now().getTime() + patienceSeconds * 1000 * patience;
  for (;;) {
    const wrong = await lookAtServed(stack, names, fingerprint, { interrupt });
    if (wrong.length === 0) return;
    interrupt.throwIfAborted();
    if (clock.now().getTime() > end) {
      throw new UnhealthyError('the proxy does not serve the certificate, of which it has a copy', {
        code: 'certificates.unserved',
        details: wrong,
        hint: 'See `matrix-deploy status`, then run `matrix-deploy apply`.',
        service: 'traefik',
      });
    }
    await clock.sleep(pauseMilliseconds, interrupt);
  }
}
