import { isObject } from '../../json-object.ts';
import type { NamedPlace } from '../warning.ts';
import { webAddressOf } from './web-address.ts';

type Overrides = Readonly<Record<string, unknown>>;

/** The servers that overrides name and that a function of the homeserver needs, by the settings that name them. */
export function namedPlaces(overrides: Overrides): NamedPlace[] {
  const { email: mail, turn_uris, oidc_providers, cas_config, recaptcha_siteverify_api } = overrides;
  const { matrix_authentication_service: delegated, saml2_config } = overrides;
  const smtp = isObject(mail) && typeof mail.smtp_host === 'string' ? [mailPlace(mail.smtp_host, mail)] : [];
  return [
    ...smtp,
    ...listOf(turn_uris).flatMap((uri, index) => turnPlace(`turn_uris[${index}]`, uri)),
    ...listOf(oidc_providers).flatMap((provider, index) =>
      isObject(provider) ? providerPlaces(`oidc_providers[${index}]`, provider) : [],
    ),
    ...(isObject(cas_config) && cas_config.enabled !== false
      ? urlPlace('cas_config.server_url', cas_config.server_url, 'logging in by CAS')
      : []),
    ...(isObject(delegated) && delegated.enabled === true
      ? urlPlace('matrix_authentication_service.endpoint', delegated.endpoint, 'every login')
      : []),
    ...(isObject(saml2_config) && saml2_config.enabled !== false ? samlPlaces(saml2_config) : []),
    ...urlPlace('recaptcha_siteverify_api', recaptcha_siteverify_api, 'the captcha at registration'),
  ];
}

/** The issuer of a provider is asked for its endpoints, unless discovery is off and all of them are given. */
function providerPlaces(setting: string, provider: Overrides): NamedPlace[] {
  const asked =
    provider.discover === false ? ['token_endpoint', 'userinfo_endpoint', 'jwks_uri'] : ['issuer'];
  return asked.flatMap((name) =>
    urlPlace(`${setting}.${name}`, provider[name], 'logging in with this provider'),
  );
}

/** The servers that the metadata of identity providers are fetched from, before the homeserver starts. */
function samlPlaces({ sp_config }: Overrides): NamedPlace[] {
  const metadata = isObject(sp_config) ? sp_config.metadata : undefined;
  return listOf(isObject(metadata) ? metadata.remote : undefined).flatMap((remote, index) =>
    isObject(remote)
      ? urlPlace(
          `saml2_config.sp_config.metadata.remote[${index}].url`,
          remote.url,
          'starting the homeserver',
        )
      : [],
  );
}

function mailPlace(host: string, { smtp_port, force_tls }: Overrides): NamedPlace {
  const port = typeof smtp_port === 'number' ? smtp_port : force_tls === true ? 465 : 25;
  return { setting: 'email.smtp_host', host, port, purpose: 'sending mail' };
}

/**
 * The server in `turn:turn.example.org:3478?transport=udp` (RFC 7065), without its port, which is usually a UDP port.
 */
function turnPlace(setting: string, uri: unknown): NamedPlace[] {
  const host = typeof uri === 'string' ? /^turns?:(\[[^\]]+\]|[^:?]+)/.exec(uri)?.[1] : undefined;
  return host === undefined
    ? []
    : [{ setting, host: host.replace(/^\[|\]$/g, ''), purpose: 'calls between networks' }];
}

function urlPlace(setting: string, url: unknown, purpose: string): NamedPlace[] {
  const place = webAddressOf(url);
  return place === undefined ? [] : [{ setting, ...place, purpose }];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
