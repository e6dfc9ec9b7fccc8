import { asObject, objectIn } from '../json-object.ts';
import { describePlace, judgeConnection } from './judge-connection.ts';
import { type CheckFinding, finding } from './knowledge.ts';
import type { FederationSight, Sighting } from './observed.ts';
import { canonicalJson, objectionsToKeys } from './server-keys.ts';

/** Two clocks that NTP sets differ by less. A larger difference is a finding. */
const toleratedMilliseconds = 60_000;

/** What other homeservers would refuse at one address. */
export function judgeFederation(sight: FederationSight, serverName: string): CheckFinding[] {
  const { keys, version, encoded } = sight;
  const connection = judgeConnection(keys);
  if (keys.failure !== undefined && keys.failure.stage !== 'answer') {
    return connection;
  }
  const at = describePlace(keys);
  const ownKeys = judgeKeys(keys, serverName, at);
  // Without keys, no homeserver answers, or requests do not reach it: other findings would only follow from that.
  const rest = ownKeys.some(({ code }) => code.startsWith('keys-') && !isOfDocument(code))
    ? []
    : [...judgeVersion(version, at), ...judgeEncodedPath(encoded)];
  return [...connection, ...ownKeys, ...judgeClock(keys, at), ...rest];
}

function isOfDocument(code: string): boolean {
  return !['keys-unreachable', 'keys-status', 'keys-json'].includes(code);
}

function judgeKeys({ answer, failure, at: now }: Sighting, serverName: string, at: string): CheckFinding[] {
  if (answer === undefined) {
    return [finding('keys-unreachable', at, failure?.message ?? 'no answer')];
  }
  if (answer.status !== 200) return [finding('keys-status', at, `status ${answer.status}`)];
  const document = objectIn(answer.body);
  return document === undefined
    ? [finding('keys-json', at, 'what it answers is no JSON object')]
    : objectionsToKeys(document, serverName, now).map(({ code, saw }) => finding(code, at, saw));
}

function judgeVersion({ answer, failure }: Sighting, at: string): CheckFinding[] {
  if (answer === undefined) {
    return [finding('federation-version', at, failure?.message ?? 'no answer')];
  }
  const saw = `status ${answer.status} for /_matrix/federation/v1/version`;
  return answer.status === 200 && softwareIn(answer.body) !== undefined
    ? []
    : [finding('federation-version', at, answer.status === 200 ? 'no server.name and server.version' : saw)];
}

/** Name and version of the homeserver's program, from an answer of /_matrix/federation/v1/version. */
export function softwareIn(body: string): string | undefined {
  const { name, version } = asObject(objectIn(body)?.server) ?? {};
  return typeof name === 'string' && typeof version === 'string'
    ? `${name} ${version}`.slice(0, 100)
    : undefined;
}

/**
 * A finding if a path with %2F in it did not arrive unchanged. If it did, an endpoint answers, even if only that
 * something is missing or not found. If the slash was decoded, the homeserver has no such endpoint (M_UNRECOGNIZED).
 * An answer that is not JSON is from a proxy. An error that quotes %2F shows that the path was encoded twice.
 */
export function judgeEncodedPath(sighting: Sighting): CheckFinding[] {
  const { answer, failure, path } = sighting;
  const at = describePlace(sighting);
  if (answer === undefined) {
    return [finding('encoded-path', at, failure?.message ?? 'no answer', 'unverified')];
  }
  const { status, body } = answer;
  const { errcode, error } = objectIn(body) ?? {};
  if (status === 429)
    return [finding('encoded-path', at, 'it answers that it gets too many requests', 'unverified')];
  const isTwice = typeof error === 'string' && /%2f/i.test(error);
  const arrived = status === 200 || (typeof errcode === 'string' && errcode !== 'M_UNRECOGNIZED');
  return arrived && !isTwice
    ? []
    : [finding('encoded-path', at, `status ${status}${isTwice ? ', encoded twice,' : ''} for ${path}`)];
}

function judgeClock({ answer, at: now }: Sighting, at: string): CheckFinding[] {
  const difference = clockDifference(answer?.headers.date, now);
  return difference === undefined || Math.abs(difference) <= toleratedMilliseconds
    ? []
    : [
        finding(
          'clock',
          at,
          `its clock is ${Math.round(Math.abs(difference) / 1000)} s ${difference > 0 ? 'ahead of' : 'behind'} the one of this host`,
        ),
      ];
}

/**
 * By how many milliseconds a server's clock is ahead, by the Date header of its answer; 0 if it is less than 2
 * seconds, since the header has full seconds. `undefined` without such a header.
 */
export function clockDifference(date: string | undefined, now: number): number | undefined {
  const said = Date.parse(date ?? '');
  if (Number.isNaN(said)) return undefined;
  const difference = said - now;
  return Math.abs(difference) < 2000 ? 0 : difference;
}

/** A finding if the addresses lead to more than one homeserver. */
export function judgeSameKeys(sights: readonly FederationSight[]): CheckFinding[] {
  const keys = sights.flatMap(({ keys: { answer } }) => {
    const document = answer?.status === 200 ? objectIn(answer.body) : undefined;
    return document === undefined ? [] : [canonicalJson(asObject(document.verify_keys) ?? {})];
  });
  return new Set(keys).size > 1
    ? [
        finding(
          'keys-differ',
          sights.map(({ keys: each }) => describePlace(each)).join(', '),
          'they publish different keys',
        ),
      ]
    : [];
}
