/** Overrides that have the right types, and that only Synapse itself refuses, when it reads them. */
export const refusedBySynapse = {
  retention: { enabled: false, default_policy: { min_lifetime: '2d', max_lifetime: '1d' } },
};

/** A part of what Synapse says of them. */
export const refusalOfSynapse = "'min_lifetime' can not be greater";
