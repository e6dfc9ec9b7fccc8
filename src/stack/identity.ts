/**
 * What a deployment is, as it was when everything was last seen running together. By it what is lost, and what belongs to
 * another server, is told from what is not there yet.
 */
export interface IdentityRecord {
  readonly serverName: string;
  /** Random; the name of the witness files in its data directories ends with it. */
  readonly deployment: string;
  /** What nobody can create again, by the path of a secret or a data directory or by the name of a provision: which one it is. */
  readonly things: Things;
}

export type Things = Readonly<Record<string, string>>;

export interface ObservedIdentity {
  /** `undefined` where none is left, or none was written yet. */
  readonly recorded: IdentityRecord | undefined;
  /** The server that the copy of the record beside the data names. */
  readonly dataOf: string | undefined;
  /** Which ones are there now; absent for what is not there, and for what could not be looked at. */
  readonly seen: Things;
}

/** What is seen of a data directory without the witness file of its deployment. */
export const withoutWitness = 'without witness';

/** What is recorded of a secret that another one may replace, but that must not get lost. */
export const kept = 'kept';

/** The file by which a data directory is recognised. */
export function witnessFile({ deployment }: Pick<IdentityRecord, 'deployment'>): string {
  return `.matrix-deploy-${deployment}`;
}
