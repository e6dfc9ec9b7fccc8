import { anyAddress, type Knowledge, otherRequests } from './faults.ts';

const clientDocument =
  'Let /.well-known/matrix/client answer {"m.homeserver": {"base_url": "https://matrix.example.org"}}, with your own name.';
const lost = 'Clients do not find the server by its name: people have to type its address, or cannot log in';
const uncalled = 'Clients that make calls by MatrixRTC, such as Element, do not get into one';

/** What is known of each code of a finding about clients. */
export const clientKnowledge = {
  'client-none': { reason: lost, remedy: clientDocument },
  'client-unreachable': {
    reason: lost,
    remedy: 'Let a web server answer https://, port 443, at every address of the server name.',
  },
  'client-tls': { reason: lost, remedy: 'Get a certificate for the server name itself.' },
  'client-status': { reason: lost, remedy: clientDocument },
  'client-json': { reason: lost, remedy: clientDocument },
  'client-size': { reason: lost, remedy: clientDocument },
  'client-redirect-loop': { reason: lost, remedy: clientDocument },
  'client-redirect-insecure': {
    reason: lost,
    remedy: 'Redirect to https:// only, or answer without a redirect.',
  },
  'client-redirect-broken': {
    reason: lost,
    remedy: 'Answer without a redirect, or redirect to a full https:// address.',
  },
  'client-base-url': { reason: lost, remedy: clientDocument },
  'client-differs': { reason: anyAddress, remedy: 'Let every address answer with the same document.' },
  'client-cors': {
    reason: 'A client in a browser may not read the document',
    remedy: 'Send the header Access-Control-Allow-Origin: * with it.',
  },
  'client-versions': {
    reason: 'Clients ask /_matrix/client/versions first, and give up',
    remedy: otherRequests,
  },
  'rtc-foci': {
    reason: uncalled,
    remedy:
      'Let org.matrix.msc4143.rtc_foci in /.well-known/matrix/client be [{"type": "livekit", "livekit_service_url": "https://rtc.example.org"}], with your own address.',
  },
  'rtc-token': {
    reason: uncalled,
    remedy:
      'Let the address lead to the MatrixRTC authorization service (lk-jwt-service), with /get_token and /sfu/get below it as they came. Name it without a slash at its end.',
  },
  'rtc-cors': {
    reason: 'A client in a browser may not ask to be let into a call',
    remedy:
      'Let the proxy leave the header Access-Control-Allow-Origin: * as the authorization service sends it.',
  },
  'rtc-health': {
    reason: uncalled,
    remedy: 'See the log of the MatrixRTC authorization service.',
  },
  'rtc-delayed-events': {
    reason:
      'Without delayed events (MSC4140), somebody who loses the connection stays in the call for all others',
    remedy: 'Set max_event_delay_duration: "24h" in the configuration of Synapse: with that, it offers them.',
  },
  'client-api-cors': {
    reason: 'A client in a browser may not read what the server answers',
    remedy: 'Let the proxy leave the header Access-Control-Allow-Origin: * as the homeserver sends it.',
  },
} as const satisfies Record<string, Knowledge>;
