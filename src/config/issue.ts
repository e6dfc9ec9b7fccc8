/** Something wrong in matrix.yaml: where, what, and what to do. */
export interface ConfigIssue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly hint?: string | undefined;
}
