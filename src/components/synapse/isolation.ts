import type { Trial } from '../questions.ts';
import { homeserver } from './listener.ts';
import type { SynapseOptions } from './options.ts';

/**
 * Options with which Synapse asks another server before it serves (synapse/app/homeserver.py, `start`), or to
 * identify users.
 */
const asking = [
  'oidc_config',
  'oidc_providers',
  'cas_config',
  'saml2_config',
  'matrix_authentication_service',
] as const;

/** The options of an isolated copy: without the servers that Synapse would ask, and without federation. */
export function isolated(options: SynapseOptions): SynapseOptions {
  const overrides = Object.entries(options.overrides).filter(
    ([name]) => !asking.some((option) => option === name),
  );
  return { ...options, federation: { allow: [] }, overrides: Object.fromEntries(overrides) };
}

/** Tests a copy from inside its container: a new user, the newest rooms and media, and the signing key. */
export const trial: Trial = {
  service: homeserver.service,
  command: ['python3', '-'],
  template: 'synapse/try_copy.py',
};
