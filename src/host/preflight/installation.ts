/** A Linux distribution by its os-release(5): `debian` and `13`. */
export interface Distribution {
  readonly id: string;
  readonly version: number;
}

/** How Docker gets onto a host. */
export interface Installation {
  /** The distribution's own packages of engine, client and Compose; absent where they are missing or too old. */
  readonly packages?: readonly string[];
  /** What to type, or to read. */
  readonly instruction: string;
}

/** Where packages of the distribution are new enough, from which of its versions on. */
const packaged: Readonly<Record<string, { from: number; packages: readonly string[] }>> = {
  // Debian 12 brings no Compose that serves.
  debian: { from: 13, packages: ['docker.io', 'docker-cli', 'docker-compose'] },
  ubuntu: { from: 22.04, packages: ['docker.io', 'docker-compose-v2'] },
};

/** The distribution that a text of os-release(5) describes. */
export function distributionOf(osRelease: string): Distribution {
  const value = (key: string) => new RegExp(`^${key}="?([^"\\n]*)"?$`, 'm').exec(osRelease)?.[1] ?? '';
  return { id: value('ID'), version: Number(value('VERSION_ID')) };
}

export function installation({ id, version }: Distribution): Installation {
  const known = packaged[id];
  if (known !== undefined && version >= known.from) {
    const { packages } = known;
    return {
      packages,
      instruction: `Install it: \`apt-get update && apt-get install ${packages.join(' ')}\`.`,
    };
  }
  const page = known === undefined ? '' : `${id}/`;
  return {
    instruction: `Install Docker Engine with its Compose plugin: https://docs.docker.com/engine/install/${page}`,
  };
}
