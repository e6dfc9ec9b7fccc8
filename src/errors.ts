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

/** How one operation of a plan ended, as shown with `--json`. */
export interface StepResult {
  readonly kind: string;
  readonly resource: string;
  readonly cause: string;
  /** `cancelled`: not done, because another operation failed or the operator interrupted the run. */
  readonly result: 'done' | 'failed' | 'cancelled';
  /** 0 if the operation never started. */
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
 * An error that is not a bug of this program. `message` says what happened and how we know, `hint` what to do. Throw
 * it where the foreign error occurs: later code must not classify errors by their text.
 */
export class UserError extends Error {
  readonly code: string;
  readonly hint: string | undefined;
  readonly details: readonly string[];
  readonly exitCode: ExitCode = ExitCode.failed;
  /** How each operation of a plan ended; absent when the error did not occur during a plan. */
  steps: readonly StepResult[] | undefined;

  constructor(message: string, { code, hint, details, cause }: ErrorDetails) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = hint;
    this.details = details ?? [];
  }
}

/** A bad or missing flag, or a question without a terminal to ask it on. */
export class UsageError extends UserError {
  override readonly exitCode = ExitCode.usage;
}

/** matrix.yaml is wrong. `details` has one line for each issue. */
export class ConfigError extends UserError {
  override readonly exitCode = ExitCode.configuration;
}

/** The host is not ready; nothing was changed. */
export class PreflightError extends UserError {
  override readonly exitCode = ExitCode.preflight;
}

/** Changes were applied, but a service did not become healthy. `details` are evidence, such as its last log lines. */
export class UnhealthyError extends UserError {
  override readonly exitCode = ExitCode.unhealthy;
  readonly service: string;
  /** The service's own message about its configuration; absent when it did not refuse its configuration. */
  readonly refusal: string | undefined;
  /** True if the service's first set-up was interrupted, so that it has to start from the beginning. */
  readonly isCutOff: boolean;
  /** What to do about the cause. `hint` may say more than that, such as how to continue. */
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

/** No usable backup was created, or another operation on the backups failed. Existing backups are unchanged. */
export class BackupError extends UserError {
  override readonly exitCode = ExitCode.backup;
  /** The stage that failed, such as "copying data/synapse"; absent when the failure belongs to no stage. */
  readonly stage: string | undefined;

  constructor(message: string, { stage, ...details }: ErrorDetails & { stage?: string }) {
    super(message, details);
    this.stage = stage;
  }
}

/** Another run holds the lock, or has changed what this run had read. */
export class LockError extends UserError {
  override readonly exitCode = ExitCode.locked;
  /** The command that holds the lock, such as `backup verify`; absent when no lock is held. */
  readonly holder: string | undefined;

  constructor(message: string, details: ErrorDetails & { holder?: string }) {
    super(message, details);
    this.holder = details.holder;
  }
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
