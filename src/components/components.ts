import type { OwnRegistration } from './application-service.ts';
import type { Component, ComponentDescription, Settings, StackContext } from './component.ts';
import type { AddressFamily, Edge } from './edge.ts';
import { element } from './element/element.ts';
import { heisenbridge } from './heisenbridge/heisenbridge.ts';
import { joinSettings, type OwnSettings } from './homeserver-settings.ts';
import { mail } from './mail/mail.ts';
import { postgres } from './postgres/postgres.ts';
import { synapse } from './synapse/synapse.ts';
import { traefik } from './traefik/traefik.ts';
import type { NamedPlace, Warning } from './warning.ts';

/** Everything that a stack can contain, by its section in matrix.yaml. A new component is one line here. */
export const components = { postgres, synapse, traefik, mail, element, heisenbridge } as const;

export type Components = typeof components;
/** All components that are known: those above, and further ones in tests. */
export type ComponentRegistry = Components & Readonly<Record<string, Component<unknown>>>;

/** Key under which a configuration keeps the components that it was read with, since they define its meaning. */
export const registry = Symbol('registry');
type ComponentName = keyof Components;
type OptionalName = {
  [Name in ComponentName]: Components[Name] extends { readonly optional: true } ? Name : never;
}[ComponentName];
type OptionsOf<Name extends ComponentName> =
  Components[Name] extends Component<infer Options> ? Options : never;

/** The chosen options of every component; those that are optional may be absent. */
export type ComponentOptions = {
  [Name in Exclude<ComponentName, OptionalName>]: OptionsOf<Name>;
} & { [Name in OptionalName]?: OptionsOf<Name> | undefined } & { readonly [registry]: ComponentRegistry };

/** A hostname of a component, and the option of matrix.yaml that sets it. */
export interface OwnHost {
  readonly path: readonly [component: string, option: string];
  readonly name: string;
}

/** The hostnames of components, in addition to those of the homeserver. */
export function describeHosts(options: ComponentOptions): OwnHost[] {
  return chosen(options).flatMap(([component, own]) =>
    Object.entries(component.hosts?.(own) ?? {}).map(([option, name]) => ({
      path: [component.name, option] as const,
      name,
    })),
  );
}

/** The description of every component of the stack, by name, in the order of the registry. */
export function describeComponents(
  options: ComponentOptions,
  context: StackContext,
): Readonly<Record<string, ComponentDescription>> {
  return Object.fromEntries(
    chosen(options).map(([component, own]) => [component.name, component.describe(own, context)]),
  );
}

/** Why the secret that matrix.yaml names at this path must never change; `undefined` if it may. */
export function describePermanence(
  known: ComponentRegistry,
  [section, ...path]: readonly (string | number)[],
): string | undefined {
  const component: Component<unknown> | undefined = Object.values(known).find(({ name }) => name === section);
  return component?.permanence?.(path);
}

/** Where the stack is reached from outside. */
export function describeEdge(options: ComponentOptions): Edge {
  const [edge] = chosen(options).flatMap(([component, own]) => component.edge?.(own) ?? []);
  if (edge === undefined) {
    throw new Error('no component publishes the stack');
  }
  return edge;
}

/** What to do if an engine of this version hides the addresses of clients of a family. */
export function describeWhenHidden(
  options: ComponentOptions,
  family: AddressFamily,
  engineVersion: string,
): string | undefined {
  const [remedy] = chosen(options).flatMap(
    ([component, own]) => component.whenHidden?.(own, family, engineVersion) ?? [],
  );
  return remedy;
}

/** What to do about a certificate that was not renewed in time; empty if no component has a remedy. */
export function describeWhenNotRenewed(options: ComponentOptions): string {
  const [remedy = ''] = chosen(options).flatMap(([component, own]) => component.whenNotRenewed?.(own) ?? []);
  return remedy;
}

/** Warnings about settings that are accepted, but do not work, or not as intended. */
export function describeWarnings(options: ComponentOptions): Warning[] {
  const all = {
    homeserverOptions: describeHomeserverOptions(options),
    registrations: describeRegistrations(options),
  };
  return chosen(options).flatMap(([component, own]) => component.warnings?.(own, all) ?? []);
}

/** The options of homeserver.yaml that components set besides its own. */
export function describeHomeserverOptions(options: ComponentOptions): Settings {
  return joinSettings(describeOwnSettings(options));
}

/** The same options by the component that sets them. */
export function describeOwnSettings(options: ComponentOptions): OwnSettings[] {
  return chosen(options).map(([component, own]) => ({
    component: component.name,
    settings: component.homeserver?.(own) ?? {},
  }));
}

/** The registrations of the application services of all components. */
export function describeRegistrations(options: ComponentOptions): OwnRegistration[] {
  return chosen(options).flatMap(([component, own]) =>
    (component.registrations?.(own) ?? []).map((one) => ({ ...one, component: component.name })),
  );
}

/** The servers that the options name and that the stack must be able to reach. */
export function describeReaches(options: ComponentOptions): NamedPlace[] {
  return chosen(options).flatMap(([component, own]) => component.reaches?.(own) ?? []);
}

/** The options of a staging run; `undefined` if no component has any. */
export function stagingOptions(options: ComponentOptions): Partial<ComponentOptions> | undefined {
  const staged = chosen(options).flatMap(([component, own]) => {
    const instead = component.staging?.(own);
    return instead === undefined ? [] : [[component.name, instead] as const];
  });
  return staged.length === 0 ? undefined : Object.fromEntries(staged);
}

/** The options of an isolated copy of the stack. */
export function isolatedOptions(options: ComponentOptions): ComponentOptions {
  const isolated = chosen(options).map(([component, own]) => [
    component.name,
    component.isolate?.(own) ?? own,
  ]);
  return { ...Object.fromEntries(isolated), [registry]: options[registry] };
}

// The compiler cannot see that a component and the options under its name belong together.
function chosen(options: ComponentOptions): [Component<unknown>, unknown][] {
  const sections: Readonly<Record<string, unknown>> = options;
  return Object.entries<Component<unknown>>(options[registry])
    .map(([name, component]): [Component<unknown>, unknown] => [component, sections[name]])
    .filter(([, own]) => own !== undefined);
}
