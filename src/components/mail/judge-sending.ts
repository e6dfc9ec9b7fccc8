import { describeBlocked } from './blocked-port.ts';
import { judgeReply } from './judge-reply.ts';
import { judgeCertificate, judgeTls } from './judge-tls.ts';
import {
  placeOf,
  type Sending,
  type SendingAccount,
  type SendingFailure,
  type SendingFault,
} from './sending.ts';

/** Explains a failure to send; `undefined` if there was none. */
export function judgeSending(
  { step, failure, openPorts }: Sending,
  account: SendingAccount,
): SendingFault | undefined {
  if (failure === null) return undefined;
  switch (step) {
    case 'resolve':
      return judgeName(failure, account);
    case 'connect':
      return judgeConnection(failure, openPorts, account);
    case 'greeting':
      return judgeGreeting(failure, account);
    case 'starttls':
    case 'tls':
      return failure.kind === 'certificate' ? judgeCertificate(failure, account) : judgeTls(failure, account);
    default:
      return failure.kind === 'reply' || failure.kind === 'not-offered'
        ? judgeReply(step, failure, account)
        : {
            code: 'connection-lost',
            finding: `${placeOf(account)} ${failure.kind === 'timeout' ? 'stopped answering' : 'closed the connection'} in the middle of the conversation`,
            remedy: 'Try again later. If it stays, see the log of the mail server.',
          };
  }
}

function judgeName({ text }: SendingFailure, { host }: SendingAccount): SendingFault {
  return text === 'EAI_NONAME' || text === 'EAI_NODATA'
    ? {
        code: 'name-not-found',
        finding: `there is no address of ${host}`,
        remedy: 'Look for a typing error in mail.host; your mail provider says what the server is called.',
      }
    : {
        code: 'name-unanswered',
        finding: `no name server told the homeserver's container the address of ${host} (${text})`,
        remedy: 'See whether this host resolves names, and what /etc/resolv.conf names; then try again.',
      };
}

function judgeConnection(
  { kind, text }: SendingFailure,
  openPorts: readonly number[],
  account: SendingAccount,
): SendingFault {
  const { port } = account;
  const place = placeOf(account);
  const other = openPorts.find((one) => one !== 25) ?? openPorts[0];
  const instead =
    other === undefined ? '' : ` Port ${other} of it answers: set mail.port to ${other}${tlsFor(other)}.`;
  if (kind === 'timeout') {
    return {
      code: 'port-blocked',
      finding: `nothing came back from ${place}, neither yes nor no: ${describeBlocked(port)}`,
      remedy:
        `${other === undefined ? 'Try another port of the mail server (587 or 465), look at the firewall of this host, and ask your provider whether it blocks the port.' : ''}${instead}`.trim(),
    };
  }
  if (text === 'ECONNREFUSED') {
    return {
      code: 'connection-refused',
      finding: `${place} refuses the connection: no mail server listens on that port`,
      remedy: `Look for the right port at your mail provider (587 with tls: starttls, 465 with tls: implicit).${instead}`,
    };
  }
  return {
    code: 'unreachable',
    finding: `the homeserver's container cannot reach ${place} (${text})`,
    remedy: `See whether this host reaches it, by IPv4: containers have no IPv6 unless Docker gives them some.${instead}`,
  };
}

function tlsFor(port: number): string {
  if (port === 465) return ' and mail.tls to implicit';
  return port === 587 ? ' and mail.tls to starttls' : '';
}

function judgeGreeting({ kind, code, text }: SendingFailure, account: SendingAccount): SendingFault {
  const place = placeOf(account);
  if (kind === 'reply') {
    return {
      code: 'turned-away',
      finding: `${place} does not talk to this host: ${code} ${text}`,
      remedy:
        'Its answer says why. Addresses of rented servers are often on block lists: use the mail server of your mail provider with an account, or ask for the address to be taken off the list.',
    };
  }
  return kind === 'timeout'
    ? {
        code: 'no-greeting',
        finding: `${place} takes the connection and says nothing`,
        remedy:
          account.tls === 'implicit'
            ? 'Look for the right port at your mail provider.'
            : 'It probably waits for TLS, as port 465 does: set mail.tls to implicit, or mail.port to 587.',
      }
    : {
        code: 'turned-away',
        finding: `${place} closes the connection before it has said anything`,
        remedy:
          'It does not want to talk to this host, or waits for TLS (set mail.tls to implicit for port 465). The log of the mail server says why.',
      };
}
