import { failed, type Judgement, passed, unverified, warning } from '../host/judgement.ts';
import type { Failure, WebAnswer } from '../host/network.ts';

/** How far the clock may be off, in milliseconds. */
const skew = { noticeable: 60_000, harmful: 300_000 };

const clockRemedy = 'Set it, and keep it: `timedatectl set-ntp true`.';

/** The answer at the URL of a CA's ACME directory. */
export interface AuthorityAnswer {
  readonly url: string;
  readonly answer: WebAnswer | Failure;
}

/** Judges whether the CA can be used. */
export function judgeAuthority(
  { url, answer }: AuthorityAnswer,
  millisecondsOff: number | undefined,
): Judgement {
  if ('failure' in answer) {
    // The check `resolution` reports that names cannot be resolved.
    return answer.failure === 'EAI_AGAIN'
      ? unverified(`could not connect to the CA: its hostname cannot be resolved now`)
      : failed(
          `the CA does not answer at ${url} (${answer.failure})`,
          `Let this host connect to port 443 of other hosts; \`curl ${url}\` tells when it can.`,
        );
  }
  if (answer.distrust !== undefined) {
    return Math.abs(millisecondsOff ?? 0) > skew.harmful
      ? unverified(`the certificate at ${url} cannot be judged by this clock (${answer.distrust})`)
      : failed(
          `the certificate at ${url} is not trusted (${answer.distrust})`,
          'For a private CA, set traefik.certificates.roots to a PEM file with its CA certificate. Otherwise somebody may be intercepting the connection.',
        );
  }
  return announces(answer.body, 'newOrder')
    ? passed(`${url} answers`)
    : failed(
        `${url} answers with status ${answer.status}, which is not the answer of an ACME CA (RFC 8555)`,
        'Check traefik.certificates.directory. If the CA is overloaded, try again later.',
      );
}

/** The names that stand for the CA in CAA records, as its directory lists them (RFC 8555, section 7.1.1). */
export function announcedIdentities(answer: WebAnswer | Failure): readonly string[] {
  const meta = 'body' in answer ? directoryOf(answer.body).meta : undefined;
  return (meta as { caaIdentities?: string[] } | undefined)?.caaIdentities ?? [];
}

/** Milliseconds by which this clock is ahead of the server's, negative if behind; `undefined` if no date was sent. */
export function clockSkew(answer: WebAnswer | Failure, now: Date): number | undefined {
  const told = 'date' in answer && answer.date !== undefined ? Date.parse(answer.date) : Number.NaN;
  return Number.isNaN(told) ? undefined : now.getTime() - told;
}

/** @param now a time before the release of this program */
export function judgeOldClock(now: Date): Judgement {
  return failed(`the clock says ${now.toISOString()}, when this program did not exist yet`, clockRemedy);
}

export function judgeClock(millisecondsOff: number | undefined): Judgement {
  if (millisecondsOff === undefined) {
    return unverified('there is nothing to compare the clock with');
  }
  const off = Math.abs(millisecondsOff);
  const seen = `the clock is ${Math.round(off / 1000)} s ${millisecondsOff < 0 ? 'behind' : 'ahead'}`;
  if (off > skew.harmful) {
    return failed(seen, clockRemedy);
  }
  return off > skew.noticeable ? warning(seen, clockRemedy) : passed('the clock is right');
}

function announces(body: string, resource: string): boolean {
  return resource in directoryOf(body);
}

function directoryOf(body: string): Readonly<Record<string, unknown>> {
  try {
    const parsed = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    return {};
  }
}
