import type { FailureKnowledge } from './failure.ts';
import type { Exec, Job } from './service.ts';

/** A check of the rendered files by the program itself, before anything restarts. */
export interface ConfigurationCheck {
  readonly service: string;
  readonly job: Job;
  readonly failures: FailureKnowledge;
}

/** Something that must exist inside a running service, such as a database. */
export interface Provision {
  readonly name: string;
  readonly service: string;
  /**
   * Asks for the thing. If it exists, one line of the output has `name`, a tab, and an identity, by which it differs
   * from any other of that name, here or elsewhere. Once recorded, it is never created again, and one of another
   * identity is refused.
   */
  readonly observe: Exec;
  /** The directory below the deployment directory that exists as long as the thing of this identity. */
  place?(identity: string): string;
  /** Name of the secret that opens it. */
  readonly secret: string;
  /**
   * Whether this secret opens it.
   *
   * @param kept what `observe` prints after a second tab: the data by which the service verifies the secret, which
   * must not be shown
   */
  isOpenedBy(secret: string, kept: string): boolean;
  /** Makes this secret, and no other, open it. */
  giveSecret(secret: string, random: (bytes: number) => Uint8Array): Exec;
  /** Creates it if it does not exist. */
  create(secret: string, random: (bytes: number) => Uint8Array): Exec;
  /**
   * Asks for the remains of an interrupted first set-up. Programs do not set themselves up in one transaction, and
   * cannot continue a set-up that was interrupted. Prints a line with `name` if the thing is not empty, but holds
   * nothing of value. Asked only as long as nothing has served.
   */
  readonly observeUnused: Exec;
  /** Removes it if it still holds nothing of value. The services that use it are stopped before. */
  readonly removeUnused: Exec;
}

/** A health check: `apply` waits for it after every start of the service, and `status` runs it. */
export type Probe = {
  readonly service: string;
  /** What is true when it passes, as in "answers the client API". */
  readonly name: string;
  /** How long to wait for a service that is active. One without activity is given up in less than a minute. */
  readonly timeoutSeconds: number;
  /** Whether the last lines of the log of the service mean that it does not try again by itself. */
  hasGivenUp?(log: readonly string[]): boolean;
  /**
   * True if it writes, and removes what it has written. It then fails for reasons that no earlier version fixes, such
   * as a full disk. It is therefore asked at the end of an apply, and does not lead to a rollback.
   */
  readonly writes?: true;
  /** Names of probes of the same service that pass whenever this one does. */
  readonly covers?: readonly string[];
} & (
  | ({
      readonly kind: 'exec';
      /** The exit code for an error that the service itself answers with. More time hardly changes such an answer. */
      readonly ownErrorCode?: number;
    } & Exec)
  | {
      readonly kind: 'https';
      readonly host: string;
      readonly path: string;
      readonly has: string;
      /** The service that such a request passes first. */
      readonly through?: string | undefined;
    }
  | {
      readonly kind: 'certificate';
      readonly host: string;
      /**
       * Path below the deployment directory of the certificate that must be served. Absent when any trusted one is
       * accepted.
       */
      readonly copy?: string | undefined;
    }
);

/**
 * Tests a restored, isolated copy: a program that runs in the container of the service and is read from standard
 * input. It writes a line for each test, `ok <what was found>` or `wrong <what was found>`, within a minute.
 */
export interface Trial {
  readonly service: string;
  readonly command: readonly string[];
  /** Path of the program below templates/. */
  readonly template: string;
}

/**
 * Asks in the container of a service for the sizes of data that grow: a line each, `<bytes> <what>`. It must be
 * cheap.
 */
export interface SizeQuery {
  readonly service: string;
  readonly ask: Exec;
}

/**
 * An external check: a request by public name, from anywhere, and what its answer must be. Made when everything runs.
 */
export interface Expectation {
  /** What must be found, as in "the client API". */
  readonly name: string;
  readonly host: string;
  /** The name whose addresses are asked. Absent when that is `host`. */
  readonly at?: string | undefined;
  /** Absent for the HTTPS port. */
  readonly port?: number;
  /** Sent without a change. */
  readonly path: string;
  /** Announces a body of so many bytes, and sends none. The answer is status 100 if the server accepts it. */
  readonly announces?: number;
  /** What is wrong with an answer that came at `now`; `undefined` if nothing is. */
  judge(answer: Answer, now: Date): string | undefined;
}

/** How a service logs the addresses of its callers: shows whether it sees clients by their own addresses. */
export interface CallerRecord {
  readonly service: string;
  readonly host: string;
  /** The path of a harmless request, and a query by which its line in the log is found. */
  readonly path: string;
  query(marker: string): string;
  /** The address that the log has for this request; `undefined` if these lines do not have the request. */
  callerIn(log: readonly string[], marker: string): string | undefined;
  /** Why requests are not logged. Absent when they are. */
  readonly silence?: string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}
