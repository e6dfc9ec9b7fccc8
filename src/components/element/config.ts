import type { Settings, StackContext } from '../component.ts';
import type { ElementOptions } from './options.ts';

type Leading = Pick<StackContext, 'serverName' | 'delegation'>;

/** Which homeserver config.json names, as it stands below `m.homeserver`. */
export function namedHomeserver({ serverName, delegation }: Leading) {
  return { base_url: delegation.clientUrl, server_name: serverName };
}

/**
 * Values of config.json (element-hq/element-web, docs/config.md). What the homeserver does not offer, the client does not
 * show.
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
