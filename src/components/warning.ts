/** What an option asks for that nothing refuses and that will not work, or not as meant. */
export interface Warning {
  /** Its name in matrix.yaml. */
  readonly setting: string;
  /** What will happen; continues the setting as a sentence. */
  readonly text: string;
}

/** A place that a setting names. */
export interface NamedPlace {
  readonly setting: string;
  readonly host: string;
  /** A TCP port that must answer; absent where it is enough that the name can be resolved. */
  readonly port?: number;
  /** What does not work without it. */
  readonly purpose: string;
  /** What a failure, by its code, probably comes from, as a part of a sentence. */
  because?(failure: string): string | undefined;
}
