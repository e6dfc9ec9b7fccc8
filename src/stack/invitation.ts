import { userIdOf } from '../identifiers/user-id.ts';
import type { Stack } from './stack.ts';

/** The parts of a stack that an invitation depends on. */
type Inviting = Pick<Stack, 'serverName'> & {
  readonly edge: Pick<Stack['edge'], 'httpsPort'>;
  readonly delegation: Pick<Stack['delegation'], 'clientUrl'>;
};

/** Everything that a new user has to know to begin. None of it is secret. */
export interface Invitation {
  readonly userId: string;
  /** The URL to enter as the homeserver of a client. */
  readonly homeserver: string;
  /** Opens Element on a phone with both filled in (Element's documentation, "Provisioning links"). */
  readonly link: string;
  /** Leads others to this person (Matrix specification, appendices, "matrix.to navigation"). */
  readonly contactLink: string;
}

/** An invitation for people who create their accounts themselves. */
export interface OpenInvitation extends Pick<Invitation, 'homeserver'> {
  /** Opens Element on a computer. No link can fill in its homeserver (element-hq/element-web, issue 6466). */
  readonly registerLink: string;
  /** Opens Element on a phone with the homeserver filled in. */
  readonly link: string;
}

/** The invitation for the user with this localpart. */
export function inviteTo(stack: Inviting, localpart: string): Invitation {
  const { serverName, delegation } = stack;
  const userId = userIdOf(localpart, serverName);
  // `@` and `:` need no encoding, and are easier to read without it.
  const encoded = userIdOf(encodeURIComponent(localpart), serverName);
  return {
    userId,
    homeserver: delegation.clientUrl,
    link: `${phoneLink(stack)}&login_hint=mxid:${encoded}`,
    contactLink: `https://matrix.to/#/${encoded}`,
  };
}

/** The invitation for anybody who has a registration token. */
export function inviteAnybodyTo(stack: Inviting): OpenInvitation {
  return {
    homeserver: stack.delegation.clientUrl,
    registerLink: 'https://app.element.io/#/register',
    link: phoneLink(stack),
  };
}

function phoneLink({ serverName, edge, delegation }: Inviting): string {
  // A client can find the homeserver by the server name, unless its URL contains a port.
  const provider = edge.httpsPort === 443 ? serverName : delegation.clientUrl.replace('https://', '');
  return `https://mobile.element.io/element?account_provider=${provider}`;
}
