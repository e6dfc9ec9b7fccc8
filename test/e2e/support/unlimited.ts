export const often = { per_second: 1000, burst_count: 1000 };

/** Overrides of Synapse with which one client can do as much as a crowd. */
export const unlimited = {
  rc_message: often,
  rc_login: { address: often, account: often, failed_attempts: often },
  rc_joins: { local: often },
};
