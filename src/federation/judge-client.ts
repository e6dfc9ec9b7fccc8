import { asObject, objectIn } from '../json-object.ts';
import { objectionToCors } from './cors.ts';
import { troubleOf } from './delegation.ts';
import { asHttpsAddress } from './https-address.ts';
import { judgeCalls } from './judge-calls.ts';
import { describePlace, judgeConnection, judgePresence } from './judge-connection.ts';
import { judgeEncodedPath } from './judge-federation.ts';
import { type CheckFinding, finding } from './knowledge.ts';
import type { ClientSight, Fetched, Sighting } from './observed.ts';

/** Where one address sends clients; `undefined` where it does not say. */
export function baseUrlIn(fetched: Fetched): string | undefined {
  if (troubleOf(fetched, 'client') !== undefined || fetched.last?.answer?.status !== 200) return undefined;
  const url = asObject(objectIn(fetched.last.answer.body)?.['m.homeserver'])?.base_url;
  return asHttpsAddress(url)?.replace(/\/+$/, '');
}

/** What clients meet: the document of the server name, then the API that it names. */
export function judgeClient({ documents, api, place, calls }: ClientSight): CheckFinding[] {
  const apiFindings = api.flatMap(judgeApi);
  const works = api.length > 0 && apiFindings.every(({ verdict }) => verdict !== 'failed');
  const urls = new Set(documents.map(baseUrlIn).filter((url) => url !== undefined));
  const found = documents.flatMap((document) => judgeDocument(document, works));
  const isLost = urls.size === 0 && !works;
  return [
    ...found,
    ...(urls.size > 1
      ? [
          finding(
            'client-differs',
            'the addresses of the server name',
            `they name ${[...urls].join(' and ')}`,
          ),
        ]
      : []),
    ...(isLost && documents.length > 0 && found.length === 0
      ? [
          finding(
            'client-none',
            'the server name',
            'there is no document for clients, and no API at the name itself',
          ),
        ]
      : []),
    ...judgeCalls({ documents, calls, api }),
    // Where nothing is named, that there is nothing at the server name itself is no fault of its own.
    ...(urls.size === 0 ? [] : [...(place === undefined ? [] : judgePresence(place)), ...apiFindings]),
  ];
}

/**
 * What is wrong with the document for clients, as one address answered it. That there is none is no finding.
 *
 * @param worksWithout whether clients find the API without it
 */
export function judgeDocument(fetched: Fetched, worksWithout: boolean): CheckFinding[] {
  const at = fetched.last === undefined ? fetched.url : `${fetched.url} at ${fetched.address}`;
  const trouble = troubleOf(fetched, 'client');
  if (trouble !== undefined) {
    return [
      finding(
        trouble.code,
        at,
        trouble.saw,
        trouble.kind === 'unknown' && worksWithout ? 'warning' : 'failed',
      ),
    ];
  }
  const { status = 0, body = '', headers = {} } = fetched.last?.answer ?? {};
  if (status === 404) return [];
  if (status !== 200) return [finding('client-status', at, `status ${status}`)];
  if (objectIn(body) === undefined) return [finding('client-json', at, 'what it answers is no JSON object')];
  const cors = objectionToCors({ headers });
  return [
    ...fetched.redirects.flatMap(judgeRedirect),
    ...(baseUrlIn(fetched) === undefined
      ? [finding('client-base-url', at, 'm.homeserver.base_url is missing, or no https:// address')]
      : []),
    ...(cors === undefined ? [] : [finding('client-cors', at, cors)]),
  ];
}

/** May a client in a browser follow a redirect? It asks each answer on the way (Fetch, "HTTP fetch"). */
function judgeRedirect(redirect: Sighting): CheckFinding[] {
  const cors = redirect.answer === undefined ? undefined : objectionToCors(redirect.answer);
  return cors === undefined
    ? []
    : [finding('client-cors', describePlace(redirect), `it redirects from ${redirect.path}; ${cors}`)];
}

function judgeApi({ versions, encoded }: { versions: Sighting; encoded: Sighting }): CheckFinding[] {
  const connection = judgeConnection(versions);
  if (versions.failure !== undefined && versions.failure.stage !== 'answer') return connection;
  const at = describePlace(versions);
  const { answer } = versions;
  if (answer === undefined || answer.status !== 200 || !('versions' in (objectIn(answer.body) ?? {}))) {
    const saw = answer === undefined ? (versions.failure?.message ?? 'no answer') : `status ${answer.status}`;
    return [
      ...connection,
      finding('client-versions', at, answer?.status === 200 ? 'no list of versions' : saw),
    ];
  }
  const cors = objectionToCors(answer);
  return [
    ...connection,
    ...(cors === undefined ? [] : [finding('client-api-cors', at, cors)]),
    ...judgeEncodedPath(encoded),
  ];
}
