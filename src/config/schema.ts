import * as z from 'zod';
import type { Component } from '../components/component.ts';
import { type ComponentRegistry, type Components, components, registry } from '../components/components.ts';
import { delegationKinds } from '../components/delegation.ts';
import { dnsName } from '../identifiers/dns-name.ts';
import { backupOptions } from './backup-options.ts';

/**
 * An absent section gets its defaults. The section of an optional component stays absent: it turns the component on.
 */
function sectionsOf(known: ComponentRegistry) {
  return Object.fromEntries(
    Object.entries<Component<unknown>>(known).map(([name, { options, optional }]) => [
      name,
      optional ? options.optional() : options.prefault({}),
    ]),
  ) as unknown as {
    [Name in keyof Components]: Components[Name] extends { readonly optional: true }
      ? z.ZodOptional<Components[Name]['options']>
      : Components[Name]['options'];
  };
}

const ownSections = {
  version: z.literal(1).describe('Version of this format.'),
  server_name: dnsName(
    'Part after the colon in user IDs, as in @you:example.org. Permanent: it cannot be changed once the server has run.',
  ),
  host: dnsName('Hostname that clients use to reach the homeserver. Its DNS record points to this host.'),
  delegation: z
    .enum(delegationKinds)
    .optional()
    .describe(
      'How the homeserver is found from the server name: well-known (the server name points at this host too, and its documents lead to host), elsewhere (another site answers on the server name; `matrix-deploy delegation` shows the two documents that it must serve), srv (SRV records lead other homeservers to host, which has a certificate for the server name; clients still want a document there), port-8448 (the server name points at this host too, where other homeservers come to port 8448 without any document) or none (host is the server name). Follows from the two names when absent.',
    ),
};

function createSchema(known: ComponentRegistry) {
  return z
    .strictObject({ ...ownSections, ...sectionsOf(known), backup: backupOptions.prefault({}) })
    .transform((sections) => ({ ...sections, [registry]: known }));
}

type ConfigSchema = ReturnType<typeof createSchema>;
export type Config = z.output<ConfigSchema>;

const schemas = new WeakMap<ComponentRegistry, ConfigSchema>();

/** The schema of matrix.yaml for these components. Its descriptions are the documentation. */
export function configSchema(known: ComponentRegistry): ConfigSchema {
  const schema = schemas.get(known) ?? createSchema(known);
  schemas.set(known, schema);
  return schema;
}

/** The configuration as JSON Schema: for editors and for the documentation. */
export function configJsonSchema() {
  return z.toJSONSchema(configSchema(components), { io: 'input' });
}
