import type { ProgramOptions } from '../child-process.ts';
import type { Network } from '../network.ts';
import { type Apt, aptWith } from './apt.ts';
import type { DockerOffer, Offer } from './offer.ts';

/** What installing needs of the world. */
export interface InstallTools {
  readonly network: Pick<Network, 'get'>;
  /** Told what apt is doing, in its own words. */
  onProgress(line: string): void;
}

/** What of Docker's archive is believed, and where apt has its settings: others in tests only. */
export interface Trust {
  readonly fingerprint?: string;
  readonly etc?: string;
}

/**
 * Installs what was offered, as root.
 *
 * @param environment of this program: apt gets its proxies.
 * @throws PreflightError where Docker's archive is not added, and nothing was changed; UserError with apt's last words.
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
