/** A Linux distribution by its os-release(5): `debian` and `13`. */
export interface Distribution {
  readonly id: string;
  readonly version: number;
}

/** How something of Docker gets onto a host. */
export interface Installation {
  /** The distribution's own packages; absent where they are missing or too old. */
  readonly packages?: readonly string[];
  /** What to type, or to read. */
  readonly instruction: string;
}

interface Packages {
  readonly engine: readonly string[];
  readonly compose: readonly string[];
}

/** Where packages of the distribution are new enough, from which of its versions on. */
const packaged: Readonly<Record<string, Packages & { from: number }>> = {
  // Debian 12 brings no Compose that serves.
  debian: { from: 13, engine: ['docker.io', 'docker-cli'], compose: ['docker-compose'] },
  ubuntu: { from: 22.04, engine: ['docker.io'], compose: ['docker-compose-v2'] },
};

/** The distribution that a text of os-release(5) describes. */
export function distributionOf(osRelease: string): Distribution {
  const value = (key: string) => new RegExp(`^${key}="?([^"\\n]*)"?$`, 'm').exec(osRelease)?.[1] ?? '';
  return { id: value('ID'), version: Number(value('VERSION_ID')) };
}

/** @param parts what is missing: all of Docker, or Compose alone */
export function installation(
  { id, version }: Distribution,
  parts: readonly (keyof Packages)[] = ['engine', 'compose'],
): Installation {
  const known = packaged[id];
  if (known !== undefined && version >= known.from) {
    const packages = parts.flatMap((part) => known[part]);
    const typed = `apt-get update && apt-get install ${packages.join(' ')}`;
    return { packages, instruction: `Install it: \`${typed}\`, or add --install-docker.` };
  }
  const page = 'https://docs.docker.com/engine/install/';
  if (known === undefined || Number.isNaN(version)) {
    return { instruction: `Install Docker Engine with its Compose plugin: ${page}${known ? `${id}/` : ''}` };
  }
  const name = id.charAt(0).toUpperCase() + id.slice(1);
  return {
    instruction:
      `The packages of ${name} ${version} have no Compose that is new enough, so --install-docker has nothing to install. ` +
      `Install Docker's own packages, as ${page}${id}/ says: \`${dockersOwn(id).join(' && ')}\`. ` +
      'They take the place of docker.io where that is installed.',
  };
}

/** The commands that install Docker from Docker's own archive (docs.docker.com/engine/install). */
function dockersOwn(id: string): string[] {
  const archive = `https://download.docker.com/linux/${id}`;
  const key = '/etc/apt/keyrings/docker.asc';
  const release = '$(. /etc/os-release && echo $VERSION_CODENAME)';
  const entry = `deb [arch=$(dpkg --print-architecture) signed-by=${key}] ${archive} ${release} stable`;
  return [
    'apt-get update',
    'apt-get install ca-certificates curl',
    'install -m 0755 -d /etc/apt/keyrings',
    `curl -fsSL ${archive}/gpg -o ${key}`,
    `echo "${entry}" > /etc/apt/sources.list.d/docker.list`,
    'apt-get update',
    'apt-get install docker-ce docker-ce-cli containerd.io docker-compose-plugin',
  ];
}
