import * as z from 'zod';
import { nearestName } from '../identifiers/nearest.ts';
import type { ConfigIssue } from './issue.ts';

/** The issues that a schema finds in a value, with a suggestion for each unknown name. */
export function schemaIssues(error: z.ZodError, schema: z.ZodType): ConfigIssue[] {
  return error.issues.flatMap((issue): ConfigIssue[] => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        path: [...issue.path, key],
        message: 'is not a setting',
        // Computed only when it is read: there may be thousands of issues.
        get hint() {
          return suggestion(key, settingsAt(schema, issue.path));
        },
      }));
    }
    const { message, path } = issue;
    const params = issue.code === 'custom' ? issue.params : undefined;
    return [
      {
        path,
        message,
        get hint() {
          return params?.hint;
        },
      },
    ];
  });
}

function suggestion(key: string, settings: readonly string[]): string | undefined {
  const near = nearestName(key, settings);
  // The name itself is a setting in another variant of the section.
  return near === undefined || near === key ? undefined : `did you mean ${near}?`;
}

/** The part of JSON Schema in which settings are looked up. */
interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
}

const jsonSchemas = new WeakMap<z.ZodType, JsonSchema>();

function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  const known = jsonSchemas.get(schema) ?? (z.toJSONSchema(schema, { io: 'input' }) as JsonSchema);
  jsonSchemas.set(schema, known);
  return known;
}

/** Names of the settings that a section knows; of the file itself for an empty path. */
function settingsAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  const section = path.reduce<JsonSchema | undefined>(
    (above, key) => above?.properties?.[String(key)],
    jsonSchemaOf(schema),
  );
  const variants = section?.oneOf ?? section?.anyOf ?? [section];
  return variants.flatMap((variant) => Object.keys(variant?.properties ?? {}));
}
