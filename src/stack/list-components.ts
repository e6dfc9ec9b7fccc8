import type { Component, Settings } from '../components/component.ts';
import { registry } from '../components/components.ts';
import { memoryBytes } from '../components/options.ts';
import { portPlace } from '../components/service.ts';
import type { Config } from '../config/schema.ts';
import { unlockedStack } from './stack.ts';

/** A component, and what it costs: where it is off, what it would cost with its example. */
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
  /** Its section of matrix.yaml, as an example, where it is off. */
  readonly example: Settings | null;
}

/** What a deployment can contain, and what of that it does contain, in the order of the registry. */
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

/** A component that is always there, without a service, may be asked for nothing: that of mail where no server is named. */
function isInUse(component: Component<unknown>, own: unknown, config: Config): boolean {
  const { services = [] } = unlockedStack(config).components[component.name] ?? {};
  return services.length > 0 || Object.keys(component.homeserver?.(own) ?? {}).length > 0;
}

function firstSentence(text: string): string {
  return /^.*?\.(?=\s|$)/.exec(text)?.[0] ?? text;
}
