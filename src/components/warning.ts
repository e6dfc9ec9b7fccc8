/** A setting that is accepted, but does not work, or not as intended. */
export interface Warning {
  /** Its name in matrix.yaml. */
  readonly setting: string;
  /** What will happen; continues the setting as a sentence. */
  readonly text: string;
}

/** A server that a setting names. */
export interface NamedPlace {
  readonly setting: string;
  readonly host: string;
  /** A TCP port that must answer. Absent when it is enough that the hostname can be resolved. */
  readonly port?: number;
  /** What does not work without it. */
  readonly purpose: string;
  /** The probable reason for a failure with this code, as a part of a sentence. */
  because?(failure: string): string | undefined;
}
