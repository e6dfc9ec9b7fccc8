import { type Component, nothing } from '../component.ts';
import type { NamedPlace } from '../warning.ts';
import { emailSettings, mailAccount } from './account.ts';
import { describeBlocked } from './blocked-port.ts';
import { type MailOptions, options } from './options.ts';

/** No service of its own: how the homeserver sends mail. */
export const mail: Component<MailOptions> = {
  name: 'mail',
  options,
  // An account at the operator's own provider, whatever the server is called.
  example: () => ({ host: 'mail.example.org', sender: 'Matrix <matrix@example.org>' }),
  describe: () => nothing,
  homeserver: emailSettings,
  reaches: reachesOf,
};

/** The mail server, as a place that must be reached. */
function reachesOf(chosen: MailOptions): NamedPlace[] {
  const account = mailAccount(chosen);
  return account === undefined
    ? []
    : [
        {
          setting: 'mail.host',
          host: account.host,
          port: account.port,
          purpose: 'sending mail',
          because: (failure) => (failure === 'ETIMEDOUT' ? describeBlocked(account.port) : undefined),
        },
      ];
}
