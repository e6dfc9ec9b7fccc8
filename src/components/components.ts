import type { Component, ComponentDescription, StackContext } from './component.ts';
import { postgres } from './postgres/postgres.ts';
import { synapse } from './synapse/synapse.ts';
import { traefik } from './traefik/traefik.ts';

/** Everything that a stack can contain, by its section in matrix.yaml. A new component is one line here. */
export const components = { postgres, synapse, traefik } as const;

export type Components = typeof components;
export type ComponentName = keyof Components;
/** The chosen options of every component. */
export type ComponentOptions = {
  [Name in ComponentName]: Components[Name] extends Component<infer Options> ? Options : never;
};

/** Every component's description, in the order in which they are listed. */
export function describeComponents(options: ComponentOptions, context: StackContext): ComponentDescription[] {
  return Object.values(components).map((component) =>
    // The compiler cannot see that a component and the options under its name belong together.
    (component as Component<unknown>).describe(options[component.name as ComponentName], context),
  );
}
