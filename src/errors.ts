/** The exit codes of every command; docs/exit-codes.md is generated from this table. */
export const ExitCode = {
  success: 0,
  failed: 1,
  usage: 2,
  configuration: 3,
  preflight: 4,
  unhealthy: 5,
  pending: 6,
  locked: 7,
  findings: 8,
  backup: 9,
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** How one operation of a plan ended, as it stands in `--json`. */
export interface StepResult {
  readonly kind: string;
  readonly resource: string;
  readonly cause: string;
  /** `cancelled`: not done, because another one failed or the operator interrupted. */
  readonly result: 'done' | 'failed' | 'cancelled';
  /** 0 where it never started. */
  readonly milliseconds: number;
}

interface ErrorDetails {
  /** Stable identifier such as `config.invalid`: for scripts and for searching. */
  code: string;
  /** What to do about it, naming the command or the flag. */
  hint?: string | undefined;
  /** Evidence: one line each, such as a service's last log lines. */
  details?: readonly string[] | undefined;
  cause?: unknown;
}

/**
 * What can go wrong without being our bug. `message` says what happened and why we think so,
 * `hint` what to do. Thrown where a foreign error occurs, never classified later by its text.
 */
export class UserError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly details: readonly string[];
  readonly exitCode: ExitCode = ExitCode.failed;
  /** How each operation of a plan ended, where it was one that failed. */
  steps: readonly StepResult[] | undefined;

  constructor(message: string, { code, hint, details, cause }: ErrorDetails) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = hint;
    this.details = details ?? [];
  }
}

/** A bad or missing flag, or a question that nobody is there to answer. */
export class UsageError extends UserError {
  override readonly exitCode = ExitCode.usage;
}

/** matrix.yaml is wrong. `details` has one line an issue: all of them, not the first. */
export class ConfigError extends UserError {
  override readonly exitCode = ExitCode.configuration;
}

/** The host is not ready; nothing was changed. */
export class PreflightError extends UserError {
  override readonly exitCode = ExitCode.preflight;
}

/** Applied, but a service did not become healthy. `details` are its own last log lines. */
export class UnhealthyError extends UserError {
  override readonly exitCode = ExitCode.unhealthy;
  readonly service: string;
  /** What it finds wrong with its configuration, if that is why. */
  readonly refusal: string | undefined;
  /** Was its first set-up cut off, so that it can only be begun again? */
  readonly isCutOff: boolean;
  /** What to do about the cause, where `hint` says more than that. */
  readonly remedy: string | undefined;

  constructor(
    message: string,
    details: ErrorDetails & {
      service: string;
      refusal?: string | undefined;
      isCutOff?: boolean | undefined;
      remedy?: string | undefined;
    },
  ) {
    super(message, details);
    this.service = details.service;
    this.refusal = details.refusal;
    this.isCutOff = details.isCutOff ?? false;
    this.remedy = 'remedy' in details ? details.remedy : details.hint;
  }
}

/** No good backup was made, or what was asked of the backups could not be done; those that there are, are as they were. */
export class BackupError extends UserError {
  override readonly exitCode = ExitCode.backup;
  /** What was being done, such as "copying data/synapse", where it was being done. */
  readonly stage: string | undefined;

  constructor(message: string, { stage, ...details }: ErrorDetails & { stage?: string }) {
    super(message, details);
    this.stage = stage;
  }
}

/** Another run holds the lock. */
export class LockError extends UserError {
  override readonly exitCode = ExitCode.locked;
}

/** The operator said no, or interrupted. */
export class CancelledError extends UserError {
  override readonly exitCode = ExitCode.interrupted;
}

/** The one place where an error becomes an exit code. */
export function toExitCode(error: unknown): ExitCode {
  return error instanceof UserError ? error.exitCode : ExitCode.failed;
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
