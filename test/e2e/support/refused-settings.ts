/** Overrides that have the right types, and that only Synapse itself refuses, when it reads them. */
export const refusedBySynapse = { default_room_version: '99' };

/** A part of what Synapse says of them. */
export const refusalOfSynapse = 'Unknown default_room_version: 99';
