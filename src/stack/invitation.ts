import { userIdOf } from '../identifiers/user-id.ts';
import type { Stack } from './stack.ts';

/** What an invitation is made of. */
type Inviting = Pick<Stack, 'serverName'> & {
  readonly edge: Pick<Stack['edge'], 'httpsPort'>;
  readonly delegation: Pick<Stack['delegation'], 'clientUrl'>;
};

/** What a new person has to know to begin; nothing of it is secret. */
export interface Invitation {
  readonly userId: string;
  /** What a client asks for as its homeserver. */
  readonly homeserver: string;
  /** Opens Element on a phone with both filled in (Element's documentation, "Provisioning links"). */
  readonly link: string;
  /** Leads others to this person (Matrix specification, appendices, "matrix.to navigation"). */
  readonly contactLink: string;
}

/** The same for people who make their accounts themselves. */
export interface OpenInvitation extends Pick<Invitation, 'homeserver'> {
  /** Opens Element on a computer; nothing in a link fills its homeserver in (element-hq/element-web, issue 6466). */
  readonly registerLink: string;
  /** Opens Element on a phone with the homeserver filled in. */
  readonly link: string;
}

/** What the person with this localpart has to know. */
export function inviteTo(stack: Inviting, localpart: string): Invitation {
  const { serverName, delegation } = stack;
  const userId = userIdOf(localpart, serverName);
  // @ and : may stay as they are, and are read better so.
  const encoded = userIdOf(encodeURIComponent(localpart), serverName);
  return {
    userId,
    homeserver: delegation.clientUrl,
    link: `${phoneLink(stack)}&login_hint=mxid:${encoded}`,
    contactLink: `https://matrix.to/#/${encoded}`,
  };
}

/** What somebody has to know who comes with a token. */
export function inviteAnybodyTo(stack: Inviting): OpenInvitation {
  return {
    homeserver: stack.delegation.clientUrl,
    registerLink: 'https://app.element.io/#/register',
    link: phoneLink(stack),
  };
}

function phoneLink({ serverName, edge, delegation }: Inviting): string {
  // A client finds the way from the server name, unless a port is part of it.
  const provider = edge.httpsPort === 443 ? serverName : delegation.clientUrl.replace('https://', '');
  return `https://mobile.element.io/element?account_provider=${provider}`;
}
