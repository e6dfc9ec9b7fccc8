import { parseDocument } from 'yaml';
import { type SecretUse, secretUses } from '../components/secret-reference.ts';

/**
 * Where a matrix.yaml names secrets, also one that has errors otherwise: a secret can be set while its setting is wrong.
 *
 * @returns undefined where the text is no YAML
 */
export function secretUsesIn(text: string): SecretUse[] | undefined {
  try {
    const document = parseDocument(text, { logLevel: 'silent' });
    return document.errors.length === 0 ? secretUses(document.toJS()) : undefined;
  } catch {
    return undefined;
  }
}
