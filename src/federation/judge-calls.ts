import { asObject, objectIn } from '../json-object.ts';
import { objectionToCors } from './cors.ts';
import { asHttpsAddress } from './https-address.ts';
import { describePlace, isTrusted, judgeConnection, judgePresence } from './judge-connection.ts';
import { type CheckFinding, finding } from './knowledge.ts';
import type { CallSight, ClientSight, Fetched, Sighting } from './observed.ts';

/** The key in the document for clients that lists services for calls (MSC4143, "MatrixRTC"). */
const fociKey = 'org.matrix.msc4143.rtc_foci';

/** The valid URLs of services for calls, as one address of the server name lists them. */
export function callUrlsIn(fetched: Fetched): string[] {
  const foci = fociIn(fetched);
  return Array.isArray(foci) ? foci.flatMap((focus) => urlOf(focus) ?? []) : [];
}

function fociIn({ last, trouble }: Fetched): unknown {
  if (trouble !== undefined || last?.answer?.status !== 200) return undefined;
  return objectIn(last.answer.body)?.[fociKey] ?? undefined;
}

/** The address of an authorization service for LiveKit, the one kind of focus that there is (MSC4195). */
function urlOf(focus: unknown): string | undefined {
  const { type, livekit_service_url: url } = asObject(focus) ?? {};
  return type === 'livekit' ? asHttpsAddress(url) : undefined;
}

/** What keeps clients from joining calls, if the document lists services for calls. */
export function judgeCalls({
  documents,
  calls,
  api,
}: Pick<ClientSight, 'documents' | 'calls' | 'api'>): CheckFinding[] {
  return [
    ...documents.flatMap(judgeFoci),
    ...calls.flatMap(judgeCall),
    ...(calls.length === 0 ? [] : api.flatMap(({ versions }) => judgeDelayedEvents(versions))),
  ];
}

function judgeFoci(fetched: Fetched): CheckFinding[] {
  const foci = fociIn(fetched);
  const at = `${fetched.url} at ${fetched.address}`;
  if (foci === undefined) return [];
  if (!Array.isArray(foci)) return [finding('rtc-foci', at, `${fociKey} is no list`)];
  return foci.flatMap((focus) => {
    if (urlOf(focus) !== undefined) return [];
    const type = asObject(focus)?.type;
    return typeof type === 'string' && type !== 'livekit'
      ? [finding('rtc-foci', at, `clients do not know the type "${type.slice(0, 100)}"`, 'warning')]
      : [finding('rtc-foci', at, 'there is no https:// address as livekit_service_url')];
  });
}

function judgeCall({ place, sights }: CallSight): CheckFinding[] {
  return [...judgePresence(place), ...sights.flatMap(judgeSight)];
}

function judgeSight(sight: CallSight['sights'][number]): CheckFinding[] {
  const { health, token } = sight;
  const connection = judgeConnection(token);
  if (token.failure !== undefined && token.failure.stage !== 'answer') return connection;
  const at = describePlace(token);
  const entrance = entranceOf(sight);
  const cors = entrance?.answer === undefined ? undefined : objectionToCors(entrance.answer);
  const { status } = health.answer ?? {};
  return [
    ...connection,
    ...(entrance === undefined ? [finding('rtc-token', at, describeRefusal(sight))] : []),
    ...(cors === undefined ? [] : [finding('rtc-cors', at, `${entrance?.path}: ${cors}`)]),
    // Not every version of the service has this path: 404 is no fault.
    ...(status === undefined || status === 200 || status === 404
      ? []
      : [finding('rtc-health', at, `status ${status} for ${health.path}`, 'warning')]),
  ];
}

/** The endpoint that lets clients join a call. It accepts POST only, and answers GET with status 405. */
function entranceOf({ token, legacy }: CallSight['sights'][number]): Sighting | undefined {
  return [token, legacy].find(({ answer }) => answer?.status === 405);
}

function describeRefusal({ token, legacy }: CallSight['sights'][number]): string {
  return [token, legacy]
    .map(({ path, answer, failure }) => `${path}: ${answer?.status ?? failure?.message ?? 'no answer'}`)
    .join(', ');
}

/** Whether at least one address of a service lets clients join calls. */
export function letsIn({ sights }: CallSight): boolean {
  return sights.some((sight) => isTrusted(sight.token) && entranceOf(sight) !== undefined);
}

function judgeDelayedEvents(versions: Sighting): CheckFinding[] {
  const { answer } = versions;
  const document = answer?.status === 200 ? objectIn(answer.body) : undefined;
  if (document === undefined || asObject(document.unstable_features)?.['org.matrix.msc4140'] === true) {
    return [];
  }
  const saw = 'it names a place for calls, and offers no delayed events';
  return [finding('rtc-delayed-events', describePlace(versions), saw, 'warning')];
}
