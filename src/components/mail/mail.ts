import { type Component, nothing } from '../component.ts';
import type { NamedPlace } from '../warning.ts';
import { emailSettings, mailAccount } from './account.ts';
import { describeBlocked } from './blocked-port.ts';
import { type MailOptions, options } from './options.ts';

/** How the homeserver sends mail. The component has no service of its own. */
export const mail: Component<MailOptions> = {
  name: 'mail',
  options,
  // An account at the operator's mail provider: it does not depend on the name of this server.
  example: () => ({ host: 'mail.example.org', sender: 'Matrix <matrix@example.org>' }),
  describe: () => nothing,
  homeserver: emailSettings,
  reaches: reachesOf,
};

/** The mail server, which the stack must be able to reach. */
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
