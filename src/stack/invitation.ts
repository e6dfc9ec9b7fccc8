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

/** What the person with this localpart has to know. */
export function inviteTo({ serverName, edge, delegation }: Inviting, localpart: string): Invitation {
  const userId = `@${localpart}:${serverName}`;
  // @ and : may stay as they are, and are read better so.
  const encoded = `@${encodeURIComponent(localpart)}:${serverName}`;
  // A client finds the way from the server name, unless a port is part of it.
  const provider = edge.httpsPort === 443 ? serverName : delegation.clientUrl.replace('https://', '');
  return {
    userId,
    homeserver: delegation.clientUrl,
    link: `https://mobile.element.io/element?account_provider=${provider}&login_hint=mxid:${encoded}`,
    contactLink: `https://matrix.to/#/${encoded}`,
  };
}
