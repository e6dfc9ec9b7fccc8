/** An error in a YAML file that people write by hand: its place, a description and a hint. */
export interface ConfigIssue {
  readonly path: readonly PropertyKey[];
  /** The rest of a sentence that begins with the name of the setting. */
  readonly message: string;
  readonly hint?: string | undefined;
}
