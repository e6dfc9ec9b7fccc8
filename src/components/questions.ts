import type { FailureKnowledge } from './failure.ts';
import type { Exec, Job } from './service.ts';

/** The program's own opinion of its rendered files, asked before anything restarts. */
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
   * Asks; its output has one line with `name` when the thing is there, then a tab, and what tells it from any other of that
   * name, here or elsewhere. Once recorded, it is never created again, and another one is refused.
   */
  readonly observe: Exec;
  /** By what tells it from others, a directory below the deployment directory that is there as long as it is. */
  place?(identity: string): string;
  /** Name of the secret that opens it. */
  readonly secret: string;
  /**
   * Does this secret open it? Asked of what `observe` prints after a second tab: what the service keeps to tell the secret
   * by, and not for others to see.
   */
  isOpenedBy(secret: string, kept: string): boolean;
  /** Lets this secret open it, and no other. */
  giveSecret(secret: string, random: (bytes: number) => Uint8Array): Exec;
  /** Creates it where it is not there. */
  create(secret: string, random: (bytes: number) => Uint8Array): Exec;
  /**
   * What to do about a first set-up of it that was cut off. Programs do not do theirs as a whole, and cannot go on with half
   * of it. Asked only as long as nothing has served: the same line as `observe`, when it is not empty and holds nothing that
   * anybody would miss.
   */
  readonly observeUnused: Exec;
  /** Removes it where it still holds nothing that anybody would miss. Who uses it is stopped by then. */
  readonly removeUnused: Exec;
}

/** Proves that a service works: asked after every start, and by `status`. */
export type Probe = {
  readonly service: string;
  /** What is true when it passes, as in "answers the client API". */
  readonly name: string;
  /** For a service that is at work: one that is not is given up after less than a minute. */
  readonly timeoutSeconds: number;
  /** Do the last lines of the service's log say that it will not try again by itself? */
  hasGivenUp?(log: readonly string[]): boolean;
  /**
   * Does it write, and leave nothing of that? Then it fails for what no earlier version would do better at, such as a full
   * disk: it is asked at the end of an apply, and is no reason to go back.
   */
  readonly writes?: true;
  /** Names of probes of the same service that would pass, too, where this one does. */
  readonly covers?: readonly string[];
} & (
  | ({
      readonly kind: 'exec';
      /** The exit code that says that the service itself answers, with an error: more time will hardly change that. */
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
      /** Path below the deployment directory of the one that must be served; any that is trusted when absent. */
      readonly copy?: string | undefined;
    }
);

/**
 * Tries a restored copy that nobody else reaches: a program inside the running service, read from its standard input. It
 * writes a line for each thing that it has tried, `ok <what was found>` or `wrong <what was found>`, within a minute.
 */
export interface Trial {
  readonly service: string;
  readonly command: readonly string[];
  /** Path of the program's text below templates/. */
  readonly template: string;
}

/** Asks inside a service how much space what grows takes: a line each, `<bytes> <what>`. Must cost next to nothing. */
export interface SizeQuery {
  readonly service: string;
  readonly ask: Exec;
}

/** What must be answered to a request by name from anywhere: verified when everything runs. */
export interface Expectation {
  /** What must be found, as in "the client API". */
  readonly name: string;
  readonly host: string;
  /** The name whose addresses are asked; `host` when absent. */
  readonly at?: string | undefined;
  /** That of https when absent. */
  readonly port?: number;
  /** As it is sent. */
  readonly path: string;
  /** A body of so many bytes is announced: whether it is asked for (status 100) is the answer, and none is sent. */
  readonly announces?: number;
  /** What is wrong with an answer that came at that time; `undefined` when nothing is. */
  judge(answer: Answer, now: Date): string | undefined;
}

/** Where a service records who asked it: shows whether clients are seen by their own addresses. */
export interface CallerRecord {
  readonly service: string;
  readonly host: string;
  /** The path of a harmless request, and its query, which tells it from all others. */
  readonly path: string;
  query(marker: string): string;
  /** The address in the service's log that this request came from; `undefined` where it is not in these lines. */
  callerIn(log: readonly string[], marker: string): string | undefined;
  /** Why requests are not recorded; absent where they are. */
  readonly silence?: string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}
