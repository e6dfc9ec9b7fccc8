/** What an admin of a server is, for those who are about to make one. */
export const adminMeaning =
  'An admin can reset passwords, end accounts and delete rooms, but reads no encrypted messages. Keep that account for this, and chat with another: `matrix-deploy add-user` makes one.';
