import { bracketed } from '../../identifiers/host-name.ts';
import type { MailAccount } from './account.ts';

/** The report of templates/synapse/send_mail.py about a mail server. */
export interface Sending {
  /** The last step that was begun; `done` when all of them succeeded. */
  readonly step:
    | 'resolve'
    | 'connect'
    | 'greeting'
    | 'starttls'
    | 'tls'
    | 'login'
    | 'sender'
    | 'recipient'
    | 'message'
    | 'done';
  /** The version of TLS, such as `TLSv1.3`; `null` without. */
  readonly tls: string | null;
  readonly loggedIn: boolean;
  readonly failure: SendingFailure | null;
  /** The usual mail ports that answer on this server, if the chosen one does not. */
  readonly openPorts: readonly number[];
}

export interface SendingFailure {
  /** `reply` is an answer of the server with a code of RFC 5321; `certificate` has a code of OpenSSL's verification. */
  readonly kind: 'name' | 'timeout' | 'system' | 'closed' | 'reply' | 'not-offered' | 'certificate' | 'tls';
  readonly code: number | null;
  readonly text: string;
}

/** The codes of all reasons why mail is not accepted. They are stable: programs compare them. */
export type SendingCode =
  | 'name-not-found'
  | 'name-unanswered'
  | 'port-blocked'
  | 'connection-refused'
  | 'unreachable'
  | 'no-greeting'
  | 'turned-away'
  | 'no-starttls'
  | 'not-tls'
  | 'tls-failed'
  | 'certificate-unknown'
  | 'certificate-name'
  | 'certificate-expired'
  | 'certificate-not-yet-valid'
  | 'no-login'
  | 'wrong-password'
  | 'login-required'
  | 'sender-refused'
  | 'relay-refused'
  | 'recipient-refused'
  | 'message-refused'
  | 'try-later'
  | 'connection-lost';

/** Why mail is not accepted, and what to do. */
export interface SendingFault {
  readonly code: SendingCode;
  readonly finding: string;
  readonly remedy: string;
}

/** The parts of an account that explanations name. */
export type SendingAccount = Pick<MailAccount, 'host' | 'port' | 'tls' | 'login' | 'address'>;

/** The address and port of a mail server, for explanations. */
export function placeOf({ host, port }: Pick<SendingAccount, 'host' | 'port'>): string {
  return `${bracketed(host)}:${port}`;
}
