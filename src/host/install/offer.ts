/** Packages that install the missing parts of Docker. */
export type Offer = DistributionOffer | DockerOffer;

/** Where packages of Docker can come from. */
export const origins = ['distribution', 'docker.com'] as const;

export type Origin = (typeof origins)[number];

/** Packages from the distribution's own archives. */
interface DistributionOffer {
  readonly from: 'distribution';
  readonly packages: readonly string[];
}

/** Packages from Docker's own archive, which is added to apt. */
export interface DockerOffer {
  readonly from: 'docker.com';
  readonly packages: readonly string[];
  readonly archive: DockerArchive;
}

/** The part of Docker's archive for one release of a distribution, by the names of both: `debian`, `bookworm`. */
export interface DockerArchive {
  readonly distribution: string;
  readonly release: string;
}

/** Fingerprint of the key that signs Docker's archive, as docs.docker.com/engine/install once printed it. */
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

/** The files that add Docker's archive to apt, as Docker's documentation has them: its key, and an entry. */
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

/** Everything that accepting an offer of Docker's own packages does, in lines that fit a terminal. */
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

/** The page of Docker's documentation about its installation. */
export function dockerPage(distribution = ''): string {
  return `https://docs.docker.com/engine/install/${distribution === '' ? '' : `${distribution}/`}`;
}

function archiveUrl(distribution: string): string {
  return `https://download.docker.com/linux/${distribution}`;
}
