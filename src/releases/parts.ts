/** The parts of a stack that have an image, with their names. Restic is no service: it writes and reads backups. */
export const partTitles = {
  synapse: 'Synapse',
  postgres: 'Postgres',
  traefik: 'Traefik',
  element: 'Element Web',
  heisenbridge: 'heisenbridge',
  restic: 'restic',
} as const;

export type ReleaseName = keyof typeof partTitles;

export const releaseNames = Object.keys(partTitles) as ReleaseName[];

/** A part whose image can be chosen, in its section of matrix.yaml. */
export type ImagePart = Exclude<ReleaseName, 'restic'>;

export const imageParts = releaseNames.filter((name): name is ImagePart => name !== 'restic');
