import { parseDocument } from 'yaml';
import { type SecretUse, secretUses } from '../components/secret-reference.ts';

/**
 * The places at which a matrix.yaml names secrets. The file may have other errors, so that a secret can be set before
 * they are fixed.
 *
 * @returns `undefined` when the text is not valid YAML
 */
export function secretUsesIn(text: string): SecretUse[] | undefined {
  try {
    const document = parseDocument(text, { logLevel: 'silent' });
    return document.errors.length === 0 ? secretUses(document.toJS()) : undefined;
  } catch {
    return undefined;
  }
}
