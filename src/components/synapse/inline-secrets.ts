import { isSecretName, isUrlWithPassword } from '../plain-secret.ts';

/** Where a value stands in a YAML document: keys, and indices of lists. */
export type OptionPath = readonly (string | number)[];

/**
 * Options of Synapse that hold a secret, with the option beside it that names a file instead; undefined where Synapse
 * has none. Source: element-hq/synapse 1.163.2, synapse/config.
 */
const fileOptions: ReadonlyMap<string, string | undefined> = new Map([
  ['email.smtp_pass', undefined],
  ['form_secret', 'form_secret_path'],
  ['jwt_config.secret', undefined],
  ['macaroon_secret_key', 'macaroon_secret_key_path'],
  ['manhole_settings.password', undefined],
  ['matrix_authentication_service.secret', 'secret_path'],
  ['oidc_providers[].client_secret', 'client_secret_path'],
  ['oidc_providers[].client_secret_jwt_key.key', 'key_file'],
  ['password_config.pepper', undefined],
  // Public, but `--no-secrets-in-config`, with which we start Synapse, refuses it too.
  ['recaptcha_public_key', 'recaptcha_public_key_path'],
  ['recaptcha_private_key', 'recaptcha_private_key_path'],
  ['redis.password', 'password_path'],
  ['registration_shared_secret', 'registration_shared_secret_path'],
  ['signing_key', 'signing_key_path'],
  ['turn_password', undefined],
  ['turn_shared_secret', 'turn_shared_secret_path'],
  ['worker_replication_secret', 'worker_replication_secret_path'],
]);

const publicKey = /^-----BEGIN (?:RSA )?PUBLIC KEY-----/;

/** Whether the value at this path is a secret that would stand in homeserver.yaml for everybody to read. */
export function isInlineSecret(path: OptionPath, value: unknown): boolean {
  if (typeof value !== 'string' && typeof value !== 'number') return false;
  const text = String(value);
  // Algorithms with two keys take the public key in the same option (`jwt_config.secret`).
  if (text === '' || publicKey.test(text)) return false;
  if (isUrlWithPassword(text) || fileOptions.has(pattern(path))) return true;
  return typeof value === 'string' && path.length > 1 && isSecretName(String(path.at(-1)));
}

/** The option that names a file with the secret of this path, where Synapse has one. */
export function fileOptionOf(path: OptionPath): OptionPath | undefined {
  const name = fileOptions.get(pattern(path));
  return name === undefined ? undefined : [...path.slice(0, -1), name];
}

/**
 * A suggested name for the secret at this path: the name of the option if that is clear, otherwise the whole path.
 */
export function suggestedSecret(path: OptionPath): string {
  const [first, ...others] = path.map((part) => (typeof part === 'number' ? String(part + 1) : part));
  const saysEnough = others.length === 1 && /_pass$/.test(String(others[0]));
  const name = saysEnough ? String(others[0]) : [first, ...others].filter((part) => part !== '1').join('_');
  return name
    .replaceAll(/[^A-Za-z0-9_-]/g, '_')
    .replace(/^[_-]+/, '')
    .slice(-64)
    .replace(/^[_-]+/, '');
}

/** A path as people write it, such as `oidc_providers[0].client_secret`. */
export function optionName(path: OptionPath): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .slice(1);
}

function pattern(path: OptionPath): string {
  return optionName(path).replaceAll(/\[\d+\]/g, '[]');
}
