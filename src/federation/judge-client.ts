import { asObject, objectIn } from '../json-object.ts';
import { objectionToCors } from './cors.ts';
import { troubleOf } from './delegation.ts';
import { asHttpsAddress } from './https-address.ts';
import { judgeCalls } from './judge-calls.ts';
import { describePlace, judgeConnection, judgePresence } from './judge-connection.ts';
import { judgeEncodedPath } from './judge-federation.ts';
import { type CheckFinding, finding } from './knowledge.ts';
import type { ClientSight, Fetched, Sighting } from './observed.ts';

/** The base URL that one address names to clients, without a slash at its end; `undefined` if it names none. */
export function baseUrlIn(fetched: Fetched): string | undefined {
  if (troubleOf(fetched, 'client') !== undefined || fetched.last?.answer?.status !== 200) return undefined;
  const url = asObject(objectIn(fetched.last.answer.body)?.['m.homeserver'])?.base_url;
  return asHttpsAddress(url)?.replace(/\/+$/, '');
}

/** What is wrong for clients: in the document of the server name, then in the API that it names. */
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
    // If no document names an API, it was only looked for at the server name: a missing one is no fault there.
    ...(urls.size === 0 ? [] : [...(place === undefined ? [] : judgePresence(place)), ...apiFindings]),
  ];
}

/**
 * What is wrong with the document for clients, as one address answered it. A missing document (404) is no finding.
 *
 * @param worksWithout whether clients find the API without the document
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

/** A finding if a client in a browser may not follow a redirect: browsers check each answer (Fetch, "HTTP fetch"). */
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
