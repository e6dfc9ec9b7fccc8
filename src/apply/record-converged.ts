import { realpath } from 'node:fs/promises';
import { cacheKey } from '../components/data.ts';
import { writeIfChanged } from '../host/files.ts';
import { layout, modes, secretPath } from '../layout.ts';
import { version } from '../package.ts';
import { renewalBounds } from '../plan/certificates.ts';
import { wantedNetworks } from '../render/running.ts';
import type { Stack } from '../stack/stack.ts';
import { recordConverged } from '../state/converged.ts';
import { endFirstRun } from '../state/first-run.ts';
import { recordSummary } from '../state/summary.ts';
import { type Deployment, inDirectory, type PlannedDeployment } from './deployment.ts';
import { recordIdentity } from './record-identity.ts';

/** The files of the operator's certificates, and the targets of the symbolic links that certbot creates for them. */
async function certificateFiles({ certificates }: Pick<Stack, 'certificates'>): Promise<string[]> {
  const paths = certificates.flatMap(({ chain, key }) => [chain, key]);
  const real = await Promise.all(paths.map((path) => realpath(path).catch(() => path)));
  return [...new Set([layout.certificate, ...paths, ...real])];
}

/**
 * Records that the host has the wanted state. While nothing changes, the plan stays empty, and the next `apply` need
 * not compute one.
 */
export async function recordConvergedState(
  deployment: Deployment,
  { desired, observed }: PlannedDeployment,
): Promise<void> {
  const { stack, rendering } = desired;
  // This record comes first: after the last one, the next apply finds nothing to do.
  const places = await recordIdentity(deployment, stack, observed);
  await endFirstRun(deployment.directory);
  const strict = stack.data.flatMap(({ path, restrictedFiles }) =>
    restrictedFiles.map((file) => ({ ...file, place: `${path}/${file.path}` })),
  );
  const containerOf = (name: string) => observed.containers.find(({ service }) => service === name)?.id ?? '';
  const facts = {
    project: stack.project,
    files: rendering.files.map(({ path }) => path),
    data: stack.data.map(({ path }) => path),
    places,
    caches: stack.caches.map(({ path }) => `${path}/${cacheKey.file}`),
    stamped: [
      ...[layout.identity, layout.identityCopy, layout.givenSecrets, layout.bundles, layout.rotating],
      ...stack.secrets.map(({ name }) => secretPath(name)),
      ...stack.bundles.flatMap(({ from }) => from ?? []),
      ...(await certificateFiles(stack)),
    ],
    // Without secrets: `stamped` covers them, and some of them come and go.
    guarded: Object.keys(observed.access.found).filter((path) => !path.startsWith(`${layout.secrets}/`)),
    networks: Object.keys(wantedNetworks(stack)),
    containers: stack.services.map(({ name }) => containerOf(name)),
    valid: renewalBounds(stack.secrets, observed),
    restrictedFiles: strict.map(({ service, target }) => ({ container: containerOf(service), target })),
  };
  const texts = {
    version: version(),
    config: deployment.configText,
    files: rendering.files.map(({ text }) => text),
  };
  await writeIfChanged(inDirectory(deployment, layout.applied), deployment.configText, modes.state);
  await recordSummary(deployment.directory, deployment.configText, stack);
  const strictModes = strict.map(({ place }) => observed.strictModes[place]);
  await recordConverged(deployment.directory, facts, texts, { ...observed, strictModes });
}
