import type { Settings } from '../component.ts';
import { secretIn } from '../secret-reference.ts';
import { addressIn, type MailOptions, usualPorts } from './options.ts';

/** The mail server that the homeserver sends through, and the sender of its mails. */
export interface MailAccount {
  readonly host: string;
  readonly port: number;
  readonly tls: MailOptions['tls'];
  /** `undefined` for a server that needs no login. */
  readonly login: { readonly user: string; readonly secret: string } | undefined;
  /** The sender of a mail: an address, with or without a name. */
  readonly sender: string;
  /** The address of the sender alone. */
  readonly address: string;
}

/** The account of the section `mail`; `undefined` if no mail is sent. */
export function mailAccount({
  host,
  port,
  tls,
  user,
  password,
  sender = '',
}: MailOptions): MailAccount | undefined {
  if (host === null) return undefined;
  const secret = secretIn(password);
  return {
    host,
    port: port ?? usualPorts[tls],
    tls,
    login: user === undefined || secret === undefined ? undefined : { user, secret },
    sender,
    address: addressIn(sender) ?? sender,
  };
}

/**
 * Synapse's section `email` (element-hq/synapse 1.163.2, synapse/config/emailconfig.py and handlers/send_email.py).
 * Synapse sends a password only if the server offers a login, and continues without TLS unless TLS is required.
 */
export function emailSettings(chosen: MailOptions): Settings {
  const account = mailAccount(chosen);
  if (account === undefined) return {};
  const { host, port, tls, login, sender } = account;
  return {
    email: {
      smtp_host: host,
      smtp_port: port,
      ...(login === undefined ? {} : { smtp_user: login.user, smtp_pass: { from_secret: login.secret } }),
      ...{
        starttls: { require_transport_security: true },
        implicit: { force_tls: true },
        none: { enable_tls: false },
      }[tls],
      notif_from: sender,
      enable_notifs: chosen.notifications,
      notif_delay_before_mail: chosen.notify_after,
      ...(chosen.client_url === undefined ? {} : { client_base_url: chosen.client_url }),
    },
  };
}
