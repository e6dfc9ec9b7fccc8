import type { ProgramOptions } from '../child-process.ts';
import type { Network } from '../network.ts';
import { type Apt, aptWith } from './apt.ts';
import type { DockerOffer, Offer } from './offer.ts';

/** What an installation uses beside apt. */
export interface InstallTools {
  readonly network: Pick<Network, 'get'>;
  /** Called with the lines of apt that tell its progress. */
  onProgress(line: string): void;
}

/** The fingerprint of Docker's key, and the directory of apt's settings: only tests set them. */
export interface Trust {
  readonly fingerprint?: string;
  readonly etc?: string;
}

/**
 * Installs what was offered, as root.
 *
 * @param environment of this program; apt gets its proxy settings
 * @throws PreflightError if Docker's archive cannot be added; nothing is changed then. UserError if apt fails, with
 *   the end of its output
 */
export async function install(
  offer: Offer,
  { network, onProgress, environment }: InstallTools & Pick<ProgramOptions, 'environment'>,
  trust: Trust = {},
): Promise<void> {
  const apt = aptWith(environment, onProgress);
  if (offer.from === 'docker.com') {
    await addDockerArchive(offer, { network, apt }, trust);
  } else {
    await apt.update();
  }
  await apt.install(offer.packages);
}

async function addDockerArchive(
  { archive, packages }: DockerOffer,
  { network, apt }: { network: InstallTools['network']; apt: Apt },
  trust: Trust,
): Promise<void> {
  const { addArchive } = await import('./add-archive.ts');
  const { remove } = await addArchive(archive, network, trust);
  try {
    await apt.update();
    await apt.simulate(packages);
  } catch (error) {
    await remove();
    throw error;
  }
}
