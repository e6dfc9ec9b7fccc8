import type { Deployment } from '../../apply/deployment.ts';
import { giveCertificate, haveRead } from '../../apply/give-certificate.ts';
import { ownPlace } from '../../apply/probe.ts';
import { ownCertificates } from '../../components/traefik/options.ts';
import type { Context } from '../../context.ts';
import { messageOf, PreflightError, UnhealthyError, UserError } from '../../errors.ts';
import { servedCertificate } from '../../host/https.ts';
import { refuseBadCertificates } from '../../plan/given-certificates.ts';
import { type Stack, unlockedStack } from '../../stack/stack.ts';
import { loadConfig } from '../../state/load-config.ts';
import { observeCertificates } from '../../state/observe-certificates.ts';
import { type ChangePorts, changeDeployment } from '../change-deployment.ts';

/** How long the proxy may take to serve a new certificate. Usually, it takes less than a second. */
const patienceSeconds = 20;
const pauseMilliseconds = 100;

/** The certificate that is served after a reload. */
export interface ReloadedCertificate {
  readonly names: readonly string[];
  readonly until: Date;
  /** Whether another certificate was served before. */
  readonly changed: boolean;
}

/**
 * Makes the running proxy serve the certificate that is now in the operator's files, and verifies that it is served.
 * Reads matrix.yaml only while no other run changes it.
 *
 * @throws ConfigError naming what is wrong with the files, which are not used then; UserError if the proxy reads no
 *   files; PreflightError if they were never applied; UnhealthyError if the proxy does not serve the certificate
 */
export function reloadCertificate(
  directory: string,
  context: ChangePorts & Pick<Context, 'components' | 'interrupt' | 'patience'>,
): Promise<ReloadedCertificate> {
  return changeDeployment(context, { directory }, 'certificates reload', async () => {
    const { config } = await loadConfig(directory, context);
    return reload({ directory, config }, context);
  });
}

async function reload(
  { directory, config }: Pick<Deployment, 'directory' | 'config'>,
  context: Pick<Context, 'clock' | 'interrupt' | 'patience'>,
): Promise<ReloadedCertificate> {
  const stack = unlockedStack(config);
  const [found] = await observeCertificates(directory, stack.certificates, context.clock.now());
  if (found === undefined) throw readsNoFiles(ownCertificates(config.traefik)?.issuer);
  refuseBadCertificates([{ ...found, hasCopy: false, isCopied: false }]);
  const { given, certificate, hasCopy, isCopied } = found;
  if (certificate === undefined || !hasCopy) {
    throw new PreflightError('the certificate in these files was never applied', {
      code: 'certificates.unapplied',
      hint: 'Run `matrix-deploy apply`. Nothing was changed.',
    });
  }
  await (isCopied ? haveRead({ directory }, given) : giveCertificate({ directory }, given, certificate.pem));
  await seeServed(stack, given.names, certificate.fingerprint, context);
  return { names: given.names, until: certificate.validUntil, changed: !isCopied };
}

function readsNoFiles(issuer: string | undefined): UserError {
  const reason =
    issuer === undefined
      ? 'the other proxy of this host has the certificates'
      : `traefik.certificates.issuer is ${issuer}`;
  return new UserError(`the proxy serves no certificate from files of yours: ${reason}`, {
    code: 'certificates.none',
    hint: 'There is nothing to reload: docs/certificates.md says where certificates come from.',
  });
}

async function seeServed(
  { edge }: Pick<Stack, 'edge'>,
  names: readonly string[],
  fingerprint: string,
  { clock, interrupt, patience = 1 }: Pick<Context, 'clock' | 'interrupt' | 'patience'>,
): Promise<void> {
  const { address, port } = ownPlace(edge);
  const look = async (name: string) => {
    const server = { address, port, name, roots: undefined, signal: interrupt };
    const seen = await servedCertificate(server).catch((error) => messageOf(error));
    if (typeof seen === 'string') return `${name}: ${seen}`;
    return seen.fingerprint === fingerprint ? [] : `${name}: the one before is served`;
  };
  const end = clock.now().getTime() + patienceSeconds * 1000 * patience;
  for (;;) {
    const wrong = (await Promise.all(names.map(look))).flat();
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
