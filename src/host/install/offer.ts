/** Packages that bring what is missing of Docker. */
export type Offer = DistributionOffer | DockerOffer;

/** Where packages of Docker can come from. */
export const origins = ['distribution', 'docker.com'] as const;

export type Origin = (typeof origins)[number];

/** From the archives that the distribution itself has. */
interface DistributionOffer {
  readonly from: 'distribution';
  readonly packages: readonly string[];
}

/** From Docker's own archive, which is added to those of the distribution. */
export interface DockerOffer {
  readonly from: 'docker.com';
  readonly packages: readonly string[];
  readonly archive: DockerArchive;
}

/** The part of Docker's archive that is for one release of a distribution, by the names of both: `debian`, `bookworm`. */
export interface DockerArchive {
  readonly distribution: string;
  readonly release: string;
}

/** The fingerprint of the key that signs Docker's archive, from the time when docs.docker.com/engine/install printed it. */
export const dockerFingerprint = '9DC858229FC7DD38854AE2D88D81803C0EBFCD88';

/** The releases that Docker's archive serves (docs.docker.com/engine/install, "OS requirements"), by number. */
const served: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  debian: { 12: 'bookworm', 13: 'trixie' },
  ubuntu: { 22.04: 'jammy', 24.04: 'noble', 26.04: 'resolute' },
};

/** Docker's archive for a release by its os-release(5); `undefined` where there is none. */
export function dockerArchive(distribution: string, version: number): DockerArchive | undefined {
  const release = served[distribution]?.[version];
  return release === undefined ? undefined : { distribution, release };
}

/** What Docker's documentation has an operator add to apt: where the key is had and kept, and the entry that names it. */
export interface ArchiveFiles {
  readonly keyUrl: string;
  readonly keyring: string;
  readonly sources: string;
  /** The text of the file `sources`, by sources.list(5). */
  readonly entry: string;
}

/** @param etc apt's own directory */
export function archiveFiles({ distribution, release }: DockerArchive, etc = '/etc/apt'): ArchiveFiles {
  const url = archiveUrl(distribution);
  const keyring = `${etc}/keyrings/docker.asc`;
  const fields = ['Types: deb', `URIs: ${url}`, `Suites: ${release}`, 'Components: stable'];
  return {
    keyUrl: `${url}/gpg`,
    keyring,
    sources: `${etc}/sources.list.d/docker.sources`,
    entry: [...fields, `Signed-By: ${keyring}`, ''].join('\n'),
  };
}

/** All that taking an offer of Docker's own packages does, in lines that a terminal has room for. */
export function describeDockerOffer({ archive, packages }: DockerOffer): string[] {
  const { keyUrl, keyring, sources } = archiveFiles(archive);
  const fingerprint = dockerFingerprint.match(/.{4}/g)?.join(' ');
  return [
    `Docker's own packages, as ${dockerPage(archive.distribution)} says:`,
    `  the key of ${keyUrl},`,
    `    if its fingerprint is ${fingerprint},`,
    `    into ${keyring}`,
    `  the archive ${archiveUrl(archive.distribution)} (${archive.release}),`,
    `    as signed by that key, into ${sources}`,
    `  apt-get install ${packages.join(' ')}`,
  ];
}

/** Where Docker's documentation tells how to install it. */
export function dockerPage(distribution = ''): string {
  return `https://docs.docker.com/engine/install/${distribution === '' ? '' : `${distribution}/`}`;
}

function archiveUrl(distribution: string): string {
  return `https://download.docker.com/linux/${distribution}`;
}
