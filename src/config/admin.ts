/** Explains what an admin of a server is, before the operator creates one. */
export const adminMeaning =
  'An admin can reset passwords, deactivate accounts and delete rooms, but cannot read encrypted messages. Keep this account for that, and chat with another one: `matrix-deploy add-user` creates it.';
