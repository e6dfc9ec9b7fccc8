import type { Component, Settings } from '../components/component.ts';
import { registry } from '../components/components.ts';
import { memoryBytes } from '../components/options.ts';
import { portPlace } from '../components/service.ts';
import type { Config } from '../config/schema.ts';
import { unlockedStack } from './stack.ts';

/** A component and its costs. For a component that is off, these are the costs with its example settings. */
export interface ListedComponent {
  readonly name: string;
  /** What it is: a sentence. */
  readonly summary: string;
  readonly on: boolean;
  /** Memory limits of its services, as matrix.yaml has them, and their sum in bytes. */
  readonly memory: readonly string[];
  readonly memoryBytes: number;
  /** Ports of the host that it publishes, such as `443`, `127.0.0.1:8443` or `49160-49179/udp`. */
  readonly ports: readonly string[];
  /** Names that need a DNS record for it. */
  readonly hostnames: readonly string[];
  /** Directories in which its data grows, below the deployment directory. */
  readonly data: readonly string[];
  /** An example of its section of matrix.yaml; `null` if it is on. */
  readonly example: Settings | null;
}

/** All components that a deployment can have, in the order of the registry, and whether it has them. */
export function listComponents(config: Config): ListedComponent[] {
  const sections = config as unknown as Readonly<Record<string, unknown>>;
  return Object.entries<Component<unknown>>(config[registry]).map(([name, component]) => {
    const own = sections[name];
    const example = component.example?.(config.server_name) ?? {};
    const on = own !== undefined && isInUse(component, own, config);
    const shown = own !== undefined ? config : { ...config, [name]: component.options.parse(example) };
    const { services = [], routes = [], data = [] } = unlockedStack(shown).components[name] ?? {};
    return {
      name,
      summary: firstSentence(component.options.description ?? name),
      on,
      memory: services.map(({ memory }) => memory),
      memoryBytes: services.reduce((sum, { memory }) => sum + memoryBytes(memory), 0),
      ports: services.flatMap(({ ports }) => ports.map(portPlace)),
      hostnames: [...new Set(routes.flatMap(({ hosts }) => hosts))],
      data: data.map(({ path }) => path),
      example: on ? null : example,
    };
  });
}

/**
 * Whether a component has any services or any settings of the homeserver. A component that is always configured may
 * have neither, such as mail without a mail server.
 */
function isInUse(component: Component<unknown>, own: unknown, config: Config): boolean {
  const { services = [] } = unlockedStack(config).components[component.name] ?? {};
  return services.length > 0 || Object.keys(component.homeserver?.(own) ?? {}).length > 0;
}

function firstSentence(text: string): string {
  return /^.*?\.(?=\s|$)/.exec(text)?.[0] ?? text;
}
