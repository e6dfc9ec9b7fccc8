import type { Settings, StackContext } from '../component.ts';
import type { ElementOptions } from './options.ts';

type Leading = Pick<StackContext, 'serverName' | 'delegation'>;

/** The value of `m.homeserver` in config.json: the homeserver that the client uses. */
export function namedHomeserver({ serverName, delegation }: Leading) {
  return { base_url: delegation.clientUrl, server_name: serverName };
}

/**
 * Values of config.json (element-hq/element-web, docs/config.md). The client hides what the homeserver does not
 * offer.
 *
 * @param homeserver the options of homeserver.yaml
 */
export function configSettings(
  { overrides }: Pick<ElementOptions, 'overrides'>,
  context: Leading,
  homeserver: Settings,
): Settings {
  const { setting_defaults, ...others } = overrides as Settings;
  return {
    default_server_config: { 'm.homeserver': namedHomeserver(context) },
    room_directory: { servers: [context.serverName] },
    ...others,
    setting_defaults: {
      'UIFeature.registration': homeserver.enable_registration === true,
      'UIFeature.passwordReset': homeserver.email !== undefined,
      ...(setting_defaults as Settings | undefined),
    },
  };
}
