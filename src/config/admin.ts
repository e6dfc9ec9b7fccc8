/** Explains what an admin of a server is, before the operator creates one. */
export const adminMeaning =
  'An admin can reset passwords, end accounts and delete rooms, but reads no encrypted messages. Keep that account for this, and chat with another: `matrix-deploy add-user` makes one.';
