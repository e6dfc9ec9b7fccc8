import { dockerArchive, dockerPage, type Offer } from '../host/install/offer.ts';

/** A Linux distribution by its os-release(5): `debian` and `13`. */
export interface Distribution {
  readonly id: string;
  readonly version: number;
}

/** How missing parts of Docker can be installed on a host. */
export interface Installation {
  /** What this program can install, the distribution's own packages first; empty if no packages are new enough. */
  readonly offers: readonly Offer[];
  /** The operator's next step: a command to type, or a page to read. */
  readonly instruction: string;
}

interface Packages {
  readonly engine: readonly string[];
  readonly compose: readonly string[];
}

/** Distributions whose own packages are new enough, each from the release `from` on. */
const packaged: Readonly<Record<string, Packages & { from: number }>> = {
  // The Compose of Debian 12 is too old.
  debian: { from: 13, engine: ['docker.io', 'docker-cli'], compose: ['docker-compose'] },
  ubuntu: { from: 22.04, engine: ['docker.io'], compose: ['docker-compose-v2'] },
};

/** The packages of Docker's own archive (docs.docker.com/engine/install). */
const dockersOwn: Packages = {
  engine: ['docker-ce', 'docker-ce-cli', 'containerd.io'],
  compose: ['docker-compose-plugin'],
};

/** The distribution that a text of os-release(5) describes. */
export function distributionOf(osRelease: string): Distribution {
  const value = (key: string) => new RegExp(`^${key}="?([^"\\n]*)"?$`, 'm').exec(osRelease)?.[1] ?? '';
  return { id: value('ID'), version: Number(value('VERSION_ID')) };
}

/** @param parts what is missing: all of Docker, or Compose alone */
export function installation(
  distribution: Distribution,
  parts: readonly (keyof Packages)[] = ['engine', 'compose'],
): Installation {
  const offers = offersFor(distribution, parts);
  return { offers, instruction: instructionFor(distribution, offers) };
}

function offersFor({ id, version }: Distribution, parts: readonly (keyof Packages)[]): Offer[] {
  const own = packaged[id];
  const archive = dockerArchive(id, version);
  const isServed = own !== undefined && version >= own.from;
  return [
    ...(isServed ? [{ from: 'distribution', packages: parts.flatMap((part) => own[part]) } as const] : []),
    ...(archive === undefined
      ? []
      : [{ from: 'docker.com', packages: parts.flatMap((part) => dockersOwn[part]), archive } as const]),
  ];
}

function instructionFor({ id, version }: Distribution, [first]: readonly Offer[]): string {
  if (first?.from === 'distribution') {
    const typed = `apt-get update && apt-get install ${first.packages.join(' ')}`;
    return `Install it as root: \`${typed}\`, or add --install-docker.`;
  }
  const page = dockerPage(id in packaged ? id : undefined);
  if (!(id in packaged) || Number.isNaN(version)) {
    return `--install-docker knows releases of Debian and Ubuntu only. Install Docker Engine with its Compose plugin: ${page}`;
  }
  const name = id.charAt(0).toUpperCase() + id.slice(1);
  const reason = `The packages of ${name} ${version} have no Compose that is new enough, so --install-docker has nothing to install.`;
  return first === undefined
    ? `${reason} Install Docker's own packages: ${page}`
    : `${reason} As root, add \`--install-docker-from docker.com\`, which adds Docker's own archive to apt and installs ${first.packages.join(' ')} from it, or do the same by hand: ${page}`;
}

/** Joins the offers of several findings into one for each archive, which installs all that is missing. */
export function joinOffers(offers: readonly Offer[]): Offer[] {
  const joined = new Map<Offer['from'], Offer>();
  for (const offer of offers) {
    const before = joined.get(offer.from)?.packages ?? [];
    joined.set(offer.from, { ...offer, packages: [...new Set([...before, ...offer.packages])] });
  }
  return [...joined.values()];
}
