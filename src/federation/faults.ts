/** What is known of a kind of fault: why it matters, and how it is fixed. */
export interface Knowledge {
  readonly reason: string;
  readonly remedy: string;
}

export const anyAddress =
  'Servers and clients may use any address of a name, and do not always try the others';
export const otherRequests = 'Let the proxy pass everything below /_matrix to the homeserver, as it came.';
